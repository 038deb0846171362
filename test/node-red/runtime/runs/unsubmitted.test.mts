// Messages of which nothing has been submitted when Node-RED stops: the next start submits them.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { type TestFlow, turns } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';
import { useUserDir } from '../../support/userDir.mts';

const start = useFlows();
const kept = useUserDir();

const LEAVE = { onShutdown: 'leave' };
const CHECKED = { ...LEAVE, schemaVersion: 2, checkInputs: true };

/** Every message is submitted once, after the restart, and ends in the answer. */
async function expectSubmittedOnce(flow: TestFlow, topics: string[]) {
	await flow.ended(topics.length);
	expect(flow.caught).toEqual([]);
	expect(flow.sent.map(({ topic }) => topic).sort()).toEqual([...topics].sort());
	expect(flow.simulator.jobs.size).toBe(topics.length);
	await turns(5);
	expect(kept.onDisk()).toEqual([]);
}

describe.each(['runcomfy-submit', 'runcomfy-run'] as const)('%s', (type) => {
	it.each([
		['without a check', LEAVE],
		['with a check', CHECKED],
	])('submits after the start what is still in turn, %s', async (_how, fields) => {
		const flow = await start(type, fields, { userDir: kept.userDir, config: { concurrency: 100 } });
		const { textToImage: deploymentId } = flow.simulator.deploymentIds;
		const topics = Array.from({ length: 50 }, (_, n) => `message ${n}`);
		const { token } = flow.simulator;
		for (const topic of topics) flow.receive({ topic, deploymentId, note: token });
		// The account, which has the token, closes before most of them have had their turn.
		await flow.restart(fields, () =>
			expect(readFileSync(kept.journal, 'utf8')).not.toContain(token),
		);
		await expectSubmittedOnce(flow, topics);
		expect(flow.sent.at(-1)).toMatchObject({ note: '[token]', runcomfy: { resumed: true } });
	});

	it('submits after the start what was being checked', async () => {
		const flow = await start(type, CHECKED, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'deployments' });
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.requests.length).toBe(1);
		await flow.restart(CHECKED);
		await expectSubmittedOnce(flow, ['a']);
	});

	it('submits after the start what RunComfy had not taken yet', async () => {
		const flow = await start(type, LEAVE, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'rate_limited', on: 'submit', retry_after: 60 });
		const release = flow.time.hold();
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.restart(LEAVE);
		release();
		await expectSubmittedOnce(flow, ['a']);
	});

	it('tells after the start what RunComfy refused meanwhile', async () => {
		const flow = await start(type, LEAVE, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'submit', ms: 500 });
		flow.receive({ topic: 'a', deploymentId: 'de910e00-0000-4000-8000-00000000dead' });
		await eventually(() => flow.simulator.requests.length).toBe(1);
		await flow.restart(LEAVE);
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 'a', error: { code: 'not_found' } }]);
		expect(flow.simulator.count('submit')).toBe(2);
	});
});
