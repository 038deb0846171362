// The calls of a closing node to RunComfy: someone is told about each request, in time, even if RunComfy hangs.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Node } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Fault } from '../../../../simulator/index.ts';
import { emptyBody } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import {
	type ActionType,
	countWorks,
	endedJobs,
	type FlowOptions,
	holdTimers,
	jobs,
	leftRun,
	running,
	type TestFlow,
	turns,
	useFlows,
	useUserDir,
} from '../../support/rig.mts';

const start = useFlows();
const kept = useUserDir();
afterEach(() => void jest.useRealTimers());

const SUBMITS = ['runcomfy-submit', 'runcomfy-run'] as const;
const LONG = { latencyMs: 3_600_000, maxInstances: 100 };
const idsOf = ({ simulator }: TestFlow) => [...simulator.jobs.keys()];
const silent = (flow: TestFlow) =>
	expect([flow.sent, flow.caught, flow.completed]).toEqual([[], [], []]);

/** This many runs at RunComfy, while time stands still. */
async function runs(count: number, fields: object = {}, options: FlowOptions = {}) {
	const all = { config: { concurrency: 100 }, simulator: LONG, ...options };
	const flow = await start('runcomfy-run', { ...fields }, all);
	return { flow, release: await running(flow, count) };
}

/** A node that has submitted, and to which RunComfy answers with this fault. */
async function submitting(
	fault: Fault | number,
	{ type = 'runcomfy-submit', ...options }: FlowOptions & { type?: ActionType } = {},
): Promise<TestFlow> {
	const flow = await start(type, {}, { simulator: LONG, ...options });
	flow.simulator.inject(typeof fault === 'number' ? { name: 'slow_submit', ms: fault } : fault);
	flow.ask({ topic: 't' });
	await eventually(() => flow.simulator.jobs.size).toBe(1);
	return flow;
}

/** Deletes the node, and waits until all of its runs are over. */
async function remove(flow: TestFlow, nodes: object[] = []) {
	await flow.redeploy('full', { d: true }, nodes);
	await eventually(() => countWorks('n')).toBe(0);
}

describe('a submit node that is deleted', () => {
	it('cancels the request, and tells its id', async () => {
		const flow = await submitting(500);
		await remove(flow);
		const [requestId] = idsOf(flow);
		expect(flow.states()).toEqual(['canceled']);
		expect(flow.warned).toEqual([
			expect.stringContaining(`${requestId} is being canceled (topic "t")`),
		]);
		expect(flow.warned.join()).not.toContain('7 days');
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', requestId, outcome: 'run_canceled' });
		await turns(20);
		silent(flow);
	});
});

describe.each(SUBMITS)('a %s node that is deleted', (type) => {
	it('says so when the connection breaks meanwhile', async () => {
		const flow = await submitting({ name: 'stall', on: 'submit', accepted: true }, { type });
		const deleting = flow.redeploy('full', { d: true });
		await turns(20);
		await flow.simulator.close();
		await deleting;
		await eventually(() => flow.warned).toEqual([expect.stringContaining('may be running')]);
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', outcome: 'submit_unconfirmed' });
	});

	it('with its account says so if the answer is late, and cancels the request once it has come (P55)', async () => {
		const flow = await submitting(3_000, { type });
		const elsewhere = { id: 'cfg', type: 'runcomfy-config', baseUrl: 'http://127.0.0.1:1' };
		await flow.redeploy('full', { d: true }, [elsewhere]);
		await eventually(() => flow.time.sleeping()).toBe(1);
		// How long a stopped submit waits for its answer.
		flow.time.elapse(5_000);
		await eventually(() => flow.warned).toEqual([expect.stringContaining('may be running')]);
		expect((await jobs())[0]).toMatchObject({ nodeId: 'n', outcome: 'submit_unconfirmed' });
		expect(flow.states()).toEqual(['in_progress']);
		await eventually(() => flow.states()).toEqual(['canceled']);
		await eventually(() => flow.warned.at(-1)).toContain(idsOf(flow)[0]);
	});

	it('does not end the process if the log fails', async () => {
		const unhandled = jest.fn();
		process.on('unhandledRejection', unhandled);
		const flow = await submitting(100, { type });
		const log = jest.fn(() => {
			throw new Error('The log is full');
		});
		Object.assign(helper.getNode('n') as Node, { warn: log, error: log });
		await remove(flow);
		await turns(50);
		process.off('unhandledRejection', unhandled);
		expect(log).toHaveBeenCalled();
		expect(unhandled).not.toHaveBeenCalled();
		expect(flow.states()).toEqual(['canceled']);
	});
});

describe('a submit node when Node-RED stops', () => {
	it('sends the answer after the next start (P68)', async () => {
		const flow = await submitting(50, { userDir: kept.userDir });
		await flow.reborn();
		await flow.ended();
		const [requestId] = idsOf(flow);
		expect(flow.sent).toMatchObject([
			{ topic: 't', requestId, payload: { request_id: requestId }, runcomfy: { resumed: true } },
		]);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		await turns(5);
		expect(kept.onDisk()).toEqual([]);
	});

	it('goes on with the request where the flows start again before its answer', async () => {
		holdTimers();
		const flow = await submitting(500, { userDir: kept.userDir, simulator: {} });
		const restarting = flow.restart();
		await turns(20);
		await jest.advanceTimersByTimeAsync(4_500);
		await restarting;
		jest.useRealTimers();
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toMatchObject([{ topic: 't', requestId: idsOf(flow)[0] }]);
		expect([flow.simulator.count('submit'), flow.simulator.count('cancel')]).toEqual([1, 0]);
		await turns(5);
		expect(kept.onDisk()).toEqual([]);
	});

	it('and has no token at the next start: the error comes with the id of the request', async () => {
		const ids = { deploymentId: 'd', requestId: 'r1' };
		kept.leave(leftRun({ state: 'accepted', ...ids }));
		const options = { userDir: kept.userDir, credentials: { apiToken: '' } };
		const flow = await start('runcomfy-submit', {}, options);
		await flow.ended();
		expect(flow.caught).toMatchObject([{ topic: 't', ...ids, error: { code: 'auth_failed' } }]);
		expect(flow.caught[0]?.error.cause).toMatchObject({ requestId: 'r1' });
	});
});

describe('a run node that is deleted', () => {
	it.each<[string, Fault, string, string]>([
		[
			'could not be canceled',
			{ name: 'cancel_refused' },
			'output_unavailable',
			'it has ended, or ',
		],
		['may still be running', emptyBody({ on: 'cancel' }), 'aborted', 'did not confirm'],
	])('says of its request: it %s', async (fate, fault, outcome, reason) => {
		const { flow, release } = await runs(1);
		flow.simulator.inject(fault);
		const warn = jest.fn();
		Object.assign(helper.getNode('n') as Node, { warn });
		await remove(flow);
		release();
		const [requestId] = idsOf(flow);
		expect(warn.mock.calls).toEqual([[expect.stringContaining(`requests: ${requestId} ${fate}`)]]);
		await eventually(async () => (await endedJobs())[0]).toMatchObject({
			requestId,
			outcome,
			reason: expect.stringContaining(reason),
		});
	});
});

describe('a run node that closes', () => {
	it.each([
		['its result is read', { name: 'stall', on: 'result', ms: 100 }],
		['its file is fetched', { name: 'stall', on: 'storage', ms: 100 }],
	] as const)('for good names the request of a run while %s', async (_when, fault) => {
		const flow = await start('runcomfy-run', { output: 'buffer' });
		flow.simulator.inject(fault);
		flow.ask();
		await eventually(() => flow.simulator.count(fault.on)).toBe(1);
		await remove(flow);
		const [id] = idsOf(flow);
		expect(flow.warned).toEqual([expect.stringContaining(`${id} has ended.`)]);
		expect((await endedJobs())[0]).toMatchObject({ requestId: id, outcome: 'output_unavailable' });
		silent(flow);
		expect(flow.simulator.count('cancel')).toBe(0);
	});

	it('for good tells which requests it has canceled, in one line', async () => {
		const { flow, release } = await runs(3);
		await remove(flow);
		release();
		expect(flow.warned).toHaveLength(1);
		for (const id of idsOf(flow)) expect(flow.warned[0]).toContain(`${id} is being canceled`);
		const ended = (await endedJobs()).map(({ requestId }) => requestId);
		expect(ended.sort()).toEqual(idsOf(flow).sort());
	});
});

const INTO_SUBFLOW = [
	{ id: 'sub', type: 'subflow', name: 's', in: [], out: [] },
	{ id: 'one', type: 'subflow:sub', z: 't', x: 0, y: 0, wires: [] },
];

describe('the log of a node with messages that wait', () => {
	it.each<[string, Record<string, unknown>, object[]]>([
		['is disabled', { d: true }, []],
		['is deleted', { id: 'other' }, []],
		['is moved into a subflow', { z: 'sub' }, INTO_SUBFLOW],
	])('says how many, of which topics, when it %s (P59)', async (_how, fields, nodes) => {
		const { flow } = await runs(1, {}, { config: { concurrency: 1 } });
		for (const topic of ['a', 'b', 'a', undefined]) flow.ask({ topic });
		await turns(20);
		await flow.redeploy('full', fields, nodes);
		const why = 'The node was deleted or disabled';
		await eventually(() => flow.warned).toEqual([
			expect.stringContaining(
				`${why}: 4 messages were dropped, and nothing was submitted for them (topic "a": 2, topic "b", no topic)`,
			),
			expect.stringContaining(`${why}. Its requests: ${idsOf(flow)[0]} is being canceled.`),
		]);
		expect(flow.warned.join()).not.toContain('7 days');
		expect(flow.simulator.count('submit')).toBe(1);
	});
});

describe('the log line about dropped messages', () => {
	it('names them by topic, an earlier request, or their part of a sequence, and shows no secret', async () => {
		const flow = await start('runcomfy-run', { deploymentId: 'id', deploymentIdType: 'flow' });
		Object.assign(helper.getNode('n') as Node, {
			context: () => ({ flow: { get: () => undefined } }),
		});
		const topic = `late ${flow.simulator.token} ${'x'.repeat(1000)}`;
		const messages = [{ topic }, { requestId: 'r1' }, { parts: { index: 4 } }, {}, {}];
		for (const msg of messages) flow.receive(msg as never);
		for (let n = 0; n < 30; n += 1) flow.receive({ topic: `more ${n}` } as never);
		await turns(20);
		await flow.redeploy('full', { d: true });
		const [said = ''] = flow.warned;
		expect(said).toMatch(
			/: 35 messages were dropped, and nothing was submitted for them \(topic "late \[token\] x+…", of request r1, part 4, no topic: 2, .*, and 14 more\)/,
		);
		expect(said.length).toBeLessThan(700);
	});
});

const about = (id: string) =>
	expect.stringContaining(`${id} may still be running: RunComfy did not confirm its cancel`);

describe('when RunComfy hangs', () => {
	it('a stop waits 4.5 s for the answers to submits, no more', async () => {
		const flow = await submitting(60_000, { type: 'runcomfy-run' });
		holdTimers();
		const closed = jest.fn();
		const stopping = flow.restart().then(closed);
		await turns(20);
		await jest.advanceTimersByTimeAsync(4_499);
		await turns(20);
		expect(closed).not.toHaveBeenCalled();
		await jest.advanceTimersByTimeAsync(1);
		await stopping;
		await flow.simulator.close();
		await flow.ended();
	});

	it('a deploy that removes a node with 50 runs does not wait, and the log names each once', async () => {
		const { flow, release } = await runs(50);
		flow.simulator.inject({ name: 'stall', on: 'cancel', times: Infinity });
		await flow.redeploy('nodes', { d: true });
		await eventually(() => flow.simulator.count('cancel')).toBe(50);
		expect(flow.warned).toEqual([]);
		flow.time.elapse(5_000);
		await eventually(() => flow.warned.length).toBe(50);
		expect(flow.warned).toEqual(expect.arrayContaining(idsOf(flow).map(about)));
		flow.simulator.clearFaults();
		release();
		await turns(50);
		expect(flow.warned).toHaveLength(50);
		silent(flow);
	});
});

describe('a cancel that gets no answer', () => {
	const UNREACHABLE = { name: 'reset', on: 'cancel', times: Infinity } as const;

	it('of a cancel node is logged with the request, which then goes on (P57)', async () => {
		const { flow, release } = await runs(1);
		flow.simulator.inject(UNREACHABLE);
		flow.cancel();
		release();
		await flow.ended();
		expect(flow.sent).toMatchObject([{ requestId: idsOf(flow)[0], status: 'succeeded' }]);
		expect(flow.warned).toEqual(idsOf(flow).map(about));
	});

	it('is sent again by the next one, and the sidebar offers that', async () => {
		const { flow, release } = await runs(1);
		flow.simulator.inject(UNREACHABLE);
		flow.cancel();
		await eventually(() => {
			// Skips only the cancel's pauses between two attempts, while the cancel node waits, too.
			if (flow.time.sleeping() === 2) flow.time.elapse(20_000);
			return flow.warned;
		}).toEqual(idsOf(flow).map(about));
		const [job] = await jobs();
		expect(job).toMatchObject({ cancelable: true });
		expect(job).not.toHaveProperty('cancel');
		flow.simulator.clearFaults();
		flow.cancel({ requestId: job?.requestId });
		release();
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ error: { code: 'run_canceled', cause: { details: { cancel: 'cancellation_requested' } } } },
		]);
	});
});

describe('a submit that a cancel node cancels', () => {
	it('is told in the log by its id if its answer came late, and RunComfy refuses the cancel', async () => {
		const flow = await submitting(3_000, { type: 'runcomfy-run' });
		flow.simulator.inject({ name: 'cancel_refused' });
		flow.cancel();
		await eventually(() => flow.time.sleeping()).toBe(2);
		flow.time.elapse(5_000);
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'aborted' } }]);
		await eventually(() => flow.warned).toEqual([
			expect.stringContaining(
				`${idsOf(flow)[0]} after its run had been stopped: it could not be canceled`,
			),
		]);
	});
});
