// How a node shows its runs: its status, and the messages of its second output.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Node, NodeMessage } from 'node-red';
import type { GoingState } from '../../../../node-red/contract/states.ts';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import type * as StatusModule from '../../../../node-red/runtime/node/status.ts';
import type { Shown, ShownStatus } from '../../../../node-red/runtime/node/status.ts';
import { dist } from '../../support/dist.mts';
import { running, turns, useFlows, useUserDir } from '../../support/rig.mts';

const { createProgressFeed, StatusBoard, MIN_STATUS_GAP_MS } = dist<typeof StatusModule>(
	'node-red/runtime/node/status.js',
);

const { openJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');

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

type Detail = Omit<Shown, 'state'>;

/** A board, and a function that shows one message's work on it. */
function createBoard() {
	const status = (shown: ShownStatus) => void published.push(shown);
	const board = new StatusBoard(RED, { status } as never);
	return {
		begin: () => {
			const work = {};
			return {
				show: (state: GoingState, detail: Detail = {}) => board.show(work, { state, ...detail }),
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
	const kept = useUserDir();

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

	it('says so while runs would not outlive a restart', () => {
		const userDir = join(kept.userDir, 'missing');
		const board = createBoard();
		board.begin().show('in_progress');
		pass();
		const journal = openJournal({ settings: { userDir }, log: { warn: () => undefined } } as never);
		pass();
		mkdirSync(userDir);
		journal.check();
		pass();
		expect(published).toMatchObject([
			{ text: 'running' },
			{ text: 'running · unprotected', state: 'in_progress', unprotected: true },
			{ text: 'running' },
		]);
		board.close();
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
		job.show('in_progress', { requestId: 'r', runningSince: Date.now() });
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
		job.show('in_progress', { runningSince: Date.now() });
		pass(125_000);
		const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55];
		expect(texts()).toEqual(
			[...seconds.map((n) => `seconds ${n}`), '1:00', '1:15', '1:30', '1:45', '2:00'].map(
				(time) => `runningFor ${time}`,
			),
		);
		job.end(DONE);
		expect([published.at(-1), jest.getTimerCount()]).toEqual([SHOWN_DONE, 0]);
	});

	it('counts no seconds while several run, and none after the close', () => {
		const board = createBoard();
		const [a, b] = [board.begin(), board.begin()];
		a.show('in_progress', { runningSince: Date.now() });
		b.show('in_progress', { runningSince: Date.now() });
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

describe('messages about a run', () => {
	useFakeTimers();

	/** A run with the given state, and a node with a second output. */
	function createFeed(more: object = {}) {
		const messages: NodeMessage[] = [];
		const send = ([, message]: NodeMessage[]) => messages.push(message as NodeMessage);
		const instance = { send } as unknown as Node;
		const place = { instance: instance as Node | undefined };
		const run = {
			topic: 't' as unknown,
			...more,
			receipt: { ids: { requestId: 'r', deploymentId: 'd' } },
			work: { msg: { _msgid: 'm' } as never, shown: { state: 'reading' } as Shown },
		};
		const feed = createProgressFeed(RED, run, () => place.instance);
		const show = (state: GoingState, detail: Detail = {}) => {
			run.work.shown = { state, ...detail };
			feed.update();
		};
		return { messages, instance, place, feed: { show, close: () => feed.close() } };
	}
	const payloads = (messages: NodeMessage[]) => messages.map(({ payload }) => payload);

	it('are small, and say whose they are', () => {
		const { feed, messages } = createFeed();
		feed.show('in_queue', { queuePosition: 2 });
		expect(messages).toEqual([
			{
				_msgid: 'm',
				topic: 't',
				requestId: 'r',
				deploymentId: 'd',
				status: 'in_queue',
				payload: { state: 'in_queue', text: 'inQueueAt 2', queue_position: 2 },
			},
		]);
	});

	it.each([[{ a: 1 }], [undefined]])('carry no topic %j', (topic) => {
		const { feed, messages } = createFeed({ topic });
		feed.show('waiting');
		expect(messages).toHaveLength(1);
		expect(messages[0]).not.toHaveProperty('topic');
	});

	it('come on change only, at most two a second, and tell how long it has run', () => {
		const { feed, messages } = createFeed();
		const runningSince = Date.now();
		for (let ms = 0; ms < 2_000; ms += 50) {
			feed.show('in_progress', { runningSince });
			jest.advanceTimersByTime(50);
		}
		expect(payloads(messages)).toEqual(
			[0, 1, 2].map((seconds) => ({
				state: 'in_progress',
				elapsed_seconds: seconds,
				text: `runningFor seconds ${seconds}`,
			})),
		);
	});

	it('tell of a cancel that RunComfy has accepted, and no longer of how long it has run', () => {
		const { feed, messages } = createFeed();
		feed.show('in_progress', { runningSince: Date.now(), cancel: 'accepted' });
		jest.advanceTimersByTime(10_000);
		expect(messages).toMatchObject([{ status: 'cancellation_requested' }]);
		expect(payloads(messages)).toEqual([
			{ state: 'cancellation_requested', text: 'cancellation_requested' },
		]);
	});

	it('end with the run', () => {
		const { feed, messages } = createFeed();
		feed.show('waiting');
		feed.close();
		feed.show('in_progress', { runningSince: Date.now() });
		expect(jest.getTimerCount()).toBe(0);
		expect(payloads(messages)).toEqual([{ state: 'waiting', text: 'waiting' }]);
	});

	it('come from the instance that is there, and are not repeated by the next one', () => {
		const { feed, messages, instance, place } = createFeed();
		feed.show('waiting');
		place.instance = undefined;
		jest.advanceTimersByTime(500);
		feed.show('submitting');
		place.instance = instance;
		feed.show('waiting');
		feed.show('fetching');
		jest.advanceTimersByTime(10_000);
		expect(payloads(messages)).toEqual([
			{ state: 'waiting', text: 'waiting' },
			{ state: 'fetching', text: 'fetching' },
		]);
	});
});

describe('a run node', () => {
	const start = useFlows();
	const fields = { progress: true, outputs: 2, wires: [['sent'], ['progress']] };

	async function progressing(more: object) {
		const simulator = { latencyMs: 600_000 };
		const flow = await start('runcomfy-run', { ...fields, ...more }, { simulator });
		return { flow, release: await running(flow) };
	}

	it('sends none unless that is chosen', async () => {
		const { flow, release } = await progressing({ progress: undefined });
		release();
		await flow.ended();
		expect([flow.progress.length, flow.sent.length]).toEqual([0, 1]);
	});

	it('sends none once it has closed', async () => {
		const { flow, release } = await progressing({});
		await flow.redeploy('nodes', { d: true });
		const count = flow.progress.length;
		expect(count).toBeGreaterThan(0);
		release();
		await turns(50);
		expect(flow.progress).toHaveLength(count);
	});
});
