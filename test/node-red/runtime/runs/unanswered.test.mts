// Cancels that RunComfy does not answer, and messages that were not submitted when Node-RED stopped.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../../../simulator/index.cts';
import { eventually } from '../../../support/expect.mts';
import {
	holdTimers,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();

afterEach(() => void jest.useRealTimers());

/** So many runs at RunComfy, which no longer answers cancels. Time stands still. */
async function runningUnanswered(
	count: number,
	fields: Record<string, unknown> = {},
	fault: Fault = { name: 'stall', on: 'cancel', times: Infinity },
) {
	const flow = await start('runcomfy-run', fields, {
		config: { concurrency: 100 },
		simulator: { latencyMs: 3_600_000, maxInstances: 100 },
	});
	const release = await running(flow, count);
	flow.simulator.inject(fault);
	return { flow, release, ids: [...flow.simulator.jobs.keys()] };
}

const about = (id: string) => expect.stringContaining(`did not answer the cancel of request ${id}`);

describe('when RunComfy hangs', () => {
	it.each(['cancel', 'delete'])('closing 50 runs (%s) takes 4.5 s, no more', async (how) => {
		const { flow, release, ids } = await runningUnanswered(50, { onRedeploy: 'cancel' });
		holdTimers();
		const closed = jest.fn();
		const change = how === 'delete' ? { d: true } : { name: 'changed' };
		const deploy = flow.redeploy('nodes', change).then(closed);
		await eventually(() => flow.simulator.count('cancel')).toBe(50);
		await jest.advanceTimersByTimeAsync(4_499);
		await turns(20);
		expect(closed).not.toHaveBeenCalled();
		await jest.advanceTimersByTimeAsync(1);
		await deploy;
		expect(flow.warned).toHaveLength(50);
		expect(flow.warned).toEqual(expect.arrayContaining(ids.map(about)));
		jest.useRealTimers();
		flow.simulator.clearFaults();
		release();
		await turns(50);
		expect(flow.warned).toHaveLength(50);
		expect([flow.sent, flow.caught, flow.completed]).toEqual([[], [], []]);
	});
});

describe('a cancel that gets no answer', () => {
	const unreachable = { name: 'reset', on: 'cancel', times: Infinity } as const;

	it('of a message is logged with the request, which then goes on', async () => {
		const { flow, release, ids } = await runningUnanswered(1, {}, unreachable);
		flow.receive({ cancel: 'all' });
		release();
		await flow.ended(2);
		expect(flow.sent).toMatchObject([{ requestId: ids[0], status: 'succeeded' }]);
		expect(flow.warned).toEqual(ids.map(about));
	});

	it('of a timeout is logged, too, and told in the error', async () => {
		const fields = { timeout: '60', timeoutType: 'num', cancelOnTimeout: true };
		const { flow, release, ids } = await runningUnanswered(1, fields, unreachable);
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ error: { code: 'timed_out', cause: { details: { cancel: 'no answer' } } } },
		]);
		expect(flow.warned).toEqual(ids.map(about));
	});

	it('of a submit that was stopped on its way is sent once that is answered', async () => {
		const flow = await start('runcomfy-run', {}, { simulator: { latencyMs: 3_600_000 } });
		flow.simulator.inject({ name: 'slow_submit', ms: 200 });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		flow.receive({ cancel: 'all' });
		await flow.ended(2);
		expect(flow.caught).toMatchObject([{ error: { code: 'run_canceled' } }]);
		expect([...flow.simulator.jobs.values()].map(({ state }) => state)).toEqual(['canceled']);
		expect(flow.warned).toEqual([]);
	});
});

const kept = useUserDir();

const LEAVE = { onShutdown: 'leave' };

const CHECKED = { ...LEAVE, checkInputs: true };

/** After the restart, every message is submitted once, and ends with the answer. */
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
		// The account, which has the token, closes before most of them get their turn.
		await flow.reborn(fields, () =>
			expect(readFileSync(kept.journal, 'utf8')).not.toContain(token),
		);
		await expectSubmittedOnce(flow, topics);
		expect(flow.sent.at(-1)).toMatchObject({ note: '[token]', runcomfy: { resumed: true } });
	});

	it('submits after the start what was being checked', async () => {
		const flow = await start(type, CHECKED, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'stall', on: 'deployments', ms: 300 });
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.simulator.requests.length).toBe(1);
		await flow.reborn(CHECKED);
		await expectSubmittedOnce(flow, ['a']);
	});

	it('submits after the start what RunComfy had not taken yet', async () => {
		const flow = await start(type, LEAVE, { userDir: kept.userDir });
		flow.simulator.inject({ name: 'rate_limited', on: 'submit', retry_after: 60 });
		const release = flow.time.hold();
		flow.receive({ topic: 'a', deploymentId: flow.simulator.deploymentIds.textToImage });
		await eventually(() => flow.time.sleeping()).toBe(1);
		await flow.reborn(LEAVE);
		release();
		await expectSubmittedOnce(flow, ['a']);
	});
});
