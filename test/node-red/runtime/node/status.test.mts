// How a node shows its runs: its status, and the messages of its second output.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GoingState } from '../../../../node-red/contract/states.ts';
import type * as StatusModule from '../../../../node-red/runtime/node/status.ts';
import type { Shown, ShownStatus } from '../../../../node-red/runtime/node/status.ts';
import { serverError } from '../../../support/answers.mts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { running, useFlows } from '../../support/rig.mts';

const { StatusBoard, MIN_STATUS_GAP_MS } = dist<typeof StatusModule>(
	'node-red/runtime/node/status.js',
);

const DONE = { fill: 'green', shape: 'dot', state: 'done' } as const;
const FAILED = { fill: 'red', shape: 'ring', state: 'failed', code: 'run_failed' } as const;
const SHOWN_DONE = { ...DONE, text: 'done' };

let published: ShownStatus[];
beforeEach(() => void (published = []));

function useFakeTimers() {
	beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
	afterEach(() => void jest.useRealTimers());
}

/** A runtime that translates each text to its key and values. */
const RED = {
	_: (key: string, values: object = {}) =>
		[key.replace('runcomfy.status.', ''), ...Object.values(values)].join(' '),
} as never;

type Detail = Omit<Shown['view'], 'state'>;

/** A board, and a function that shows one message's work on it. */
function createBoard() {
	const status = (shown: ShownStatus) => void published.push(shown);
	const board = new StatusBoard(RED, { status } as never);
	return {
		begin: () => {
			const work = { view: { state: 'reading' } as Shown['view'] };
			return {
				show(state: GoingState, detail: Detail = {}) {
					work.view = { state, ...detail };
					board.show(work);
				},
				end: (status: StatusModule.IdleStatus) => board.finish(work, status),
			};
		},
		close: () => board.close(),
	};
}
const texts = () => published.map(({ text }) => text);
const pass = (ms = MIN_STATUS_GAP_MS) => jest.advanceTimersByTime(ms);

describe('status board', () => {
	useFakeTimers();

	it('shows each state of one job, in words', () => {
		const job = createBoard().begin();
		for (const state of ['submitting', 'in_queue', 'in_progress', 'fetching'] as const) {
			job.show(state);
			pass();
		}
		job.end(DONE);
		pass();
		expect(texts()).toEqual(['requesting', 'inQueue', 'running', 'fetching', 'done']);
		expect(published.map(({ state }) => state)).toEqual([
			...['submitting', 'in_queue', 'in_progress', 'fetching', 'done'],
		]);
	});

	it('goes on within its gap when the clock is set back', () => {
		const job = createBoard().begin();
		job.show('submitting');
		jest.setSystemTime(Date.now() - 3_600_000);
		job.show('in_queue');
		pass();
		expect(texts()).toEqual(['requesting', 'inQueue']);
	});

	it('counts jobs that run at the same time instead of letting one hide the others', () => {
		const board = createBoard();
		const [a, b, c] = [board.begin(), board.begin(), board.begin()];
		a.show('in_progress');
		b.show('in_progress');
		c.show('waiting');
		pass();
		expect(published.at(-1)).toEqual({
			fill: 'blue',
			shape: 'dot',
			text: 'nRunning 2 · nQueued 1',
			state: 'in_progress',
			running: 2,
			queued: 1,
		});
		a.end(DONE);
		pass();
		expect(texts().at(-1)).toBe('nRunning 1 · nQueued 1');
		b.end(FAILED);
		pass();
		expect(texts().at(-1)).toBe('waiting');
		c.end(DONE);
		pass();
		expect(published.at(-1)).toEqual(SHOWN_DONE);
	});

	it('tells flows the request of one run', () => {
		const job = createBoard().begin();
		job.show('in_progress', { requestId: 'r', startedAt: Date.now() });
		expect(published.at(-1)).toMatchObject({ state: 'in_progress', requestId: 'r' });
		job.end({ ...FAILED, requestId: 'r' });
		pass();
		expect(published.at(-1)).toEqual({
			fill: 'red',
			shape: 'ring',
			text: 'run_failed',
			state: 'failed',
			code: 'run_failed',
			requestId: 'r',
		});
	});

	it('counts the seconds of a run in steps, and leaves no timer behind', () => {
		const job = createBoard().begin();
		job.show('in_progress', { startedAt: Date.now() });
		pass(125_000);
		const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55];
		expect(texts()).toEqual(
			[...seconds.map((n) => `seconds ${n}`), '1:00', '1:15', '1:30', '1:45', '2:00'].map(
				(time) => `running · ${time}`,
			),
		);
		job.end(DONE);
		expect([published.at(-1), jest.getTimerCount()]).toEqual([SHOWN_DONE, 0]);
	});

	it('counts how long a run is in the queue', () => {
		const job = createBoard().begin();
		job.show('in_queue', { queuePosition: 3, submittedAt: Date.now() - 125_000 });
		pass(15_000);
		expect(texts()).toEqual(['inQueueAt 3 · 2:00', 'inQueueAt 3 · 2:15']);
	});

	it('counts no seconds while several run, and none after the close', () => {
		const board = createBoard();
		const [a, b] = [board.begin(), board.begin()];
		a.show('in_progress', { startedAt: Date.now() });
		b.show('in_progress', { startedAt: Date.now() });
		pass(20_000);
		expect([texts().at(-1), jest.getTimerCount()]).toEqual(['nRunning 2', 0]);
		b.end(DONE);
		expect(jest.getTimerCount()).toBe(1);
		board.close();
		expect(jest.getTimerCount()).toBe(0);
	});

	it('clears itself once on close and is silent from then on', () => {
		const board = createBoard();
		const job = board.begin();
		job.show('in_progress');
		job.show('fetching');
		board.close();
		board.close();
		job.show('in_progress');
		job.end(DONE);
		board.begin().show('in_queue');
		pass(10_000);
		expect(published).toEqual([expect.objectContaining({ text: 'running' }), {}]);
	});
});

describe('a run node', () => {
	const start = useFlows();
	const fields = { progress: true, outputs: 2, wires: [['sent'], ['progress']] };

	async function progressing(more: object = {}) {
		const simulator = { latencyMs: 600_000 };
		const flow = await start('runcomfy-run', { ...fields, ...more }, { simulator });
		return { flow, release: await running(flow, 1, () => flow.ask({ topic: 't' })) };
	}

	it('sends messages about a run to its second output: its state, and how long it has been in it', async () => {
		const { flow, release } = await progressing();
		await eventually(() => flow.progress.at(-1)).toMatchObject({ status: 'in_queue' });
		const [requestId] = flow.simulator.jobs.keys();
		const { deploymentId } = [...flow.simulator.jobs.values()][0]!;
		const { topic, payload, ...ids } = flow.progress.at(-1)!;
		expect([topic, ids]).toEqual([
			't',
			{ _msgid: expect.any(String), requestId, deploymentId, status: 'in_queue' },
		]);
		expect(payload).toEqual({
			state: 'in_queue',
			text: expect.stringContaining('inQueue'),
			elapsed_seconds: expect.any(Number),
			submitted_at: expect.stringMatching(/^\d{4}-.*Z$/),
		});
		release();
		await flow.ended();
		const told = flow.progress.map((one) => JSON.stringify(one.payload));
		expect(told.every((one, at) => at === 0 || one !== told[at - 1])).toBe(true);
	});

	it('tells of a cancel that RunComfy has accepted, and no longer of how long it has run', async () => {
		const { flow } = await progressing();
		flow.simulator.inject({ name: 'cancel_slow', ms: 9_000 });
		flow.simulator.inject(serverError({ on: 'status' }));
		flow.cancel();
		await eventually(() => flow.progress.at(-1)?.['status']).toBe('cancellation_requested');
		expect(flow.progress.at(-1)?.payload).not.toHaveProperty('elapsed_seconds');
	});

	it.each([[{ a: 1 }], [undefined]])('carries no topic %j in them', async (topic) => {
		const flow = await start('runcomfy-run', fields, { simulator: { latencyMs: 600_000 } });
		await running(flow, 1, () => flow.ask({ topic }));
		expect(flow.progress[0]).not.toHaveProperty('topic');
	});

	it('sends none unless that is chosen', async () => {
		const { flow, release } = await progressing({ progress: undefined });
		release();
		await flow.ended();
		expect([flow.progress.length, flow.sent.length]).toEqual([0, 1]);
	});
});
