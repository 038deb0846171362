// "Stop below balance" of an account: with less, nothing is submitted, and RunComfy is asked once a minute.
import { describe, expect, it } from '@jest/globals';
import { type TestFlow, useFlows } from '../../support/rig.mts';

const start = useFlows();
const LIMIT = { stopBelowBalance: '5' };

const count = ({ simulator }: TestFlow, wanted: string) =>
	simulator.requests.filter(({ route }) => route === wanted).length;

describe.each(['runcomfy-run', 'runcomfy-submit'] as const)(
	'an account with a limit: %s',
	(type) => {
		it('submits nothing with less, and says both amounts', async () => {
			const flow = await start(type, {}, { config: LIMIT, simulator: { balanceUsd: 1.2 } });
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
			await flow.ended();
			expect(flow.caught).toMatchObject([
				{
					error: {
						code: 'insufficient_funds',
						message: expect.stringMatching(/\$1\.20.*\$5/),
						cause: { details: { reason: 'below_limit', balance_usd: 1.2, limit_usd: 5 } },
					},
				},
			]);
			expect(flow.simulator.jobs.size).toBe(0);
		});

		it('submits with enough, and asks once for all messages of a minute', async () => {
			const flow = await start(type, {}, { config: LIMIT });
			const { textToImage: deploymentId } = flow.simulator.deploymentIds;
			for (let at = 0; at < 10; at += 1) flow.receive({ deploymentId });
			await flow.ended(10);
			expect(flow.caught).toEqual([]);
			expect([flow.simulator.jobs.size, count(flow, 'balance')]).toEqual([10, 1]);
			flow.time.pass(60_000);
			flow.receive({ deploymentId });
			await flow.ended(11);
			expect(count(flow, 'balance')).toBe(2);
		});
	},
);

it('two accounts with one token and two limits ask once, and each keeps to its own', async () => {
	const onTab = { z: 't', x: 0, y: 0 };
	const flow = await start(
		'runcomfy-run',
		{},
		{
			simulator: { balanceUsd: 10 },
			flow: ({ url: baseUrl, deploymentIds: { textToImage: deploymentId } }) => [
				{ id: 't', type: 'tab' },
				...['5', '20'].flatMap((stopBelowBalance) => [
					{
						id: `account_${stopBelowBalance}`,
						type: 'runcomfy-config',
						baseUrl,
						stopBelowBalance,
					},
					{
						id: `run_${stopBelowBalance}`,
						type: 'runcomfy-run',
						...onTab,
						config: `account_${stopBelowBalance}`,
						deploymentId,
						wires: [[]],
					},
				]),
				{ id: 'catch', type: 'catch', ...onTab, scope: null, wires: [['caught']] },
				{ id: 'complete', type: 'complete', ...onTab, scope: ['run_5'], wires: [['completed']] },
				...['caught', 'completed', 'sent'].map((id) => ({ id, type: 'helper', ...onTab })),
			],
		},
	);
	for (const id of ['run_5', 'run_20', 'run_5', 'run_20']) flow.receive({}, id);
	await flow.ended(4);
	expect(flow.caught.map(({ error }) => error.source.id)).toEqual(['run_20', 'run_20']);
	expect([flow.completed.length, count(flow, 'balance')]).toEqual([2, 1]);
});

it('an account without a limit asks for no balance', async () => {
	const flow = await start('runcomfy-run', {}, { config: { stopBelowBalance: '' } });
	flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
	await flow.ended();
	expect([flow.sent.length, count(flow, 'balance')]).toEqual([1, 0]);
});

it('a balance that cannot be read submits nothing, and the next message asks again', async () => {
	const flow = await start('runcomfy-run', {}, { config: LIMIT });
	flow.simulator.inject({ name: 'server_error', on: 'balance', times: 20 });
	const { textToImage: deploymentId } = flow.simulator.deploymentIds;
	flow.receive({ deploymentId });
	await flow.ended();
	expect([flow.caught[0]?.error.code, flow.simulator.jobs.size]).toEqual([
		...['service_unavailable', 0],
	]);
	flow.simulator.clearFaults();
	flow.receive({ deploymentId });
	await flow.ended(2);
	expect(flow.simulator.jobs.size).toBe(1);
});
