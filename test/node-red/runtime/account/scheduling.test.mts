// How many messages run at once, and what happens to the others.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { countWorks, running, turns, useFlows } from '../../support/rig.mts';

const start = useFlows();

/** One message at RunComfy, and then the others, with the virtual clock held. */
async function crowd(config: Record<string, unknown>, topics: string) {
	const flow = await start('runcomfy-run', {}, { config, simulator: { latencyMs: 600_000 } });
	const release = flow.time.hold();
	const send = (topic: string) =>
		flow.receive({ topic, deploymentId: flow.simulator.deploymentIds.textToImage });
	send('first');
	await eventually(() => flow.time.sleeping()).toBe(1);
	for (const topic of topics) {
		send(topic);
		await turns(5);
	}
	return { flow, release };
}

describe('an account', () => {
	it('is one queue for all nodes and tabs', async () => {
		const far = { id: 'm', type: 'runcomfy-run', z: 't2', config: 'cfg', onShutdown: 'cancel' };
		const nodes = [
			{ id: 't2', type: 'tab', label: 'other', z: undefined, x: undefined },
			{ ...far, wires: [['sent']] },
		];
		const config = { concurrency: 1 };
		const simulator = { latencyMs: 600_000 };
		const flow = await start('runcomfy-run', {}, { config, simulator, nodes });
		const release = flow.time.hold();
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		flow.receive({ topic: 'far', deploymentId }, 'm');
		await eventually(() => flow.simulator.count('submit')).toBe(1);
		flow.receive({ topic: 'waits', deploymentId });
		await eventually(() => flow.shown.at(-1)).toMatchObject({ state: 'waiting' });
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await eventually(() => flow.sent.map(({ topic }) => topic)).toEqual(['far', 'waits']);
	});

	/** Two nodes, each with its own config node; `first` has the longest run. */
	async function two(first: object, second: object, token?: string) {
		const config = { type: 'runcomfy-config' };
		const run = { type: 'runcomfy-run', z: 't', x: 0, y: 0, onShutdown: 'cancel', wires: [] };
		const nodes = ({ url }: { url: string }) => [
			{ id: 't', type: 'tab', label: 'test' },
			{ id: 'a', ...config, baseUrl: `${url}//`, ...first },
			{
				id: 'b',
				...config,
				baseUrl: url,
				...second,
				...(token ? { credentials: { apiToken: token } } : {}),
			},
			{ id: 'of a', ...run, config: 'a' },
			{ id: 'of b', ...run, config: 'b' },
		];
		const flow = await start(
			'runcomfy-run',
			{},
			{ flow: nodes, simulator: { latencyMs: 600_000 } },
		);
		const release = flow.time.hold();
		const send = (nodeId: string) =>
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage }, nodeId);
		return { flow, release, send, submits: () => flow.simulator.count('submit') };
	}

	it('is the same for config nodes with one token and address: the smallest limit counts', async () => {
		const { flow, release, send, submits } = await two({ concurrency: 3 }, { concurrency: 1 });
		for (let n = 0; n < 5; n += 1) send('of a');
		await eventually(() => flow.time.sleeping()).toBe(1);
		await turns(20);
		expect(submits()).toBe(1);
		release();
	});

	it('is another one with another token', async () => {
		const { flow, release, send } = await two({ concurrency: 1 }, { concurrency: 1 }, 'wrong');
		send('of a');
		await eventually(() => flow.time.sleeping()).toBe(1);
		send('of b');
		await eventually(() => flow.simulator.count('submit')).toBe(2);
		release();
	});

	it('keeps its limit over a deploy, which drops its config node and makes a new one', async () => {
		const { flow, release } = await crowd({ concurrency: 1 }, 'abc');
		await flow.redeploy('full', { name: 'new' });
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(1);
		release();
		await flow.ended(4);
		expect(flow.sent.map(({ topic }) => topic)).toEqual(['first', 'a', 'b', 'c']);
	});

	it('gives the place free when a run fails', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: 1 } });
		flow.simulator.inject({ name: 'run_failed', times: 1 });
		for (const topic of 'ab') {
			flow.receive({ topic, deploymentId: flow.simulator.deploymentIds.textToImage });
		}
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'run_failed' } }]);
		expect(flow.sent).toMatchObject([{ topic: 'b' }]);
	});
});

describe('latest wins', () => {
	const superseded = {
		error: {
			code: 'run_canceled',
			cause: {
				details: { reason: 'superseded' },
				hint: expect.stringContaining('Latest wins'),
			},
		},
	};

	it('cancels the request before, of the same topic only', async () => {
		const { flow, release } = await crowd({ latestWins: true, concurrency: 1 }, 'aba');
		// Two messages wait with the same topic, and only the later one is submitted.
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', ...superseded }]);
		flow.receive({ topic: 'first', deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended(2);
		expect(flow.caught[1]).toMatchObject({ topic: 'first', ...superseded });
		expect([...flow.simulator.jobs.values()][0]?.state).toBe('canceled');
		release();
		await flow.ended(5);
		expect(flow.sent.map(({ topic }) => topic)).toEqual(['b', 'a', 'first']);
		expect(flow.simulator.count('cancel')).toBe(1);
	});

	it.each([undefined, ''])('leaves messages of topic %j alone', async (topic) => {
		const { flow, release } = await crowd({ latestWins: true }, '');
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		for (let sent = 0; sent < 2; sent += 1) flow.receive({ topic, deploymentId });
		release();
		await flow.ended(3);
		expect(flow.sent).toHaveLength(3);
	});

	it('is off by default', async () => {
		const { flow, release } = await crowd({}, 'aa');
		release();
		await flow.ended(3);
		expect(flow.sent).toHaveLength(3);
	});
});

describe('concurrency', () => {
	it('lets no more requests run at once than the account says, and loses none', async () => {
		const flow = await start('runcomfy-run', {}, { config: { concurrency: '2' } });
		for (const topic of 'abcdefg') {
			flow.receive({ topic, deploymentId: flow.simulator.deploymentIds.textToImage });
		}
		await flow.ended(7);
		expect(flow.caught).toEqual([]);
		expect(flow.sent.map(({ topic }) => topic).sort()).toEqual([...'abcdefg']);
		const jobs = [...flow.simulator.jobs.values()];
		const together = jobs.map(({ createdAt: at }) =>
			jobs.filter((other) => other.createdAt <= at && (other.finishedAt ?? Infinity) > at),
		);
		expect(Math.max(...together.map(({ length }) => length))).toBe(2);
	});

	it('is ten where the account does not say', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 600_000 } });
		const release = flow.time.hold();
		for (let sent = 0; sent < 12; sent += 1) {
			flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		}
		await eventually(() => flow.time.sleeping()).toBe(10);
		await turns(50);
		expect(flow.simulator.count('submit')).toBe(10);
		release();
		await flow.ended(12);
	});

	it('of waiting messages ends with the node, before anything is submitted', async () => {
		const flow = await start(
			'runcomfy-run',
			{ onRedeploy: 'cancel' },
			{ config: { concurrency: 1 }, simulator: { latencyMs: 3_600_000 } },
		);
		const release = await running(flow, 1);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await turns(20);
		await flow.redeploy('full');
		release();
		await turns(20);
		expect(flow.simulator.count('submit')).toBe(1);
		expect(countWorks('n')).toBe(0);
	});
});
