// The watcher follows the requests of a parked execution from outside, and wakes it, on a virtual clock. Also: its
// memory use, and how a retry in any process stops it.
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
	observedReceipt,
	plannedReceipt,
	type Receipt,
	type RequestRef,
} from '../../../core/index.ts';
import { acceptedReceipt } from '../../../core/request/receipt.ts';
import { restartRuntime, runtime } from '../../../nodes/RunComfy/runtime.ts';
import { findWayOut } from '../../../nodes/RunComfy/wait/park.ts';
import { wake } from '../../../nodes/RunComfy/wait/wake.ts';
import {
	type OpenRequest,
	type ParkedExecution,
	stopWatcher,
	type StoredState,
	watchOver,
} from '../../../nodes/RunComfy/wait/watcher.ts';
import { fakeJob, type FakeJobOptions, REF } from '../../core/support/fakeJob.mts';
import {
	clientOf,
	createVirtualHost,
	json,
	type Reply,
	type Seen,
	type VirtualHostOptions,
} from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

beforeEach(restartRuntime);

const RESUMED: Reply = json('runcomfy resumed');
const problem = (code: number, message: string): Reply => json({ code, message }, code);
const RUNNING = problem(409, 'The execution "7" is running already.');
const FINISHED = problem(409, 'The execution "7 has finished already.');

interface World {
	/** n8n's answer to a wake-up at a given time; by default, it resumes. */
	n8n?: (ms: number) => Reply | Error;
	/**
	 * n8n's stored state at a given time. By default, the node is back within a minute of the wake-up, or of n8n’s
	 * timer.
	 */
	stored?: (ms: number) => StoredState;
	job?: FakeJobOptions;
	/** Ids of the requests. Each behaves as `job` says, unless `job` answers for single ones. */
	ids?: readonly string[];
	on?: VirtualHostOptions;
	parked?: Partial<ParkedExecution>;
	park?: Partial<ParkedExecution['park']>;
}

function receiptOf({ requestId, ...target }: RequestRef, at: number): Receipt {
	return acceptedReceipt(
		plannedReceipt(target, at),
		{ request_id: requestId, status: 'in_queue' },
		at,
	);
}

function openOf(ref: RequestRef, more: Partial<OpenRequest> = {}): OpenRequest {
	const receipt = receiptOf(ref, EPOCH);
	return { receipt, isAwaited: true, timeoutMs: 0, ...more };
}

/** A running watcher, on a virtual clock. */
function watching(world: World = {}) {
	const { n8n = () => RESUMED, job = {}, on = {} } = world;
	const instead = (call: Seen) =>
		call.path.startsWith('/webhook-waiting') ? n8n(call.at - EPOCH) : job.instead?.(call);
	const fake = fakeJob({ runMs: 40_000, ...job, instead });
	const { client, host } = clientOf(fake.script, on);
	const canceled: string[] = [];
	const refs: RequestRef[] = (world.ids ?? [REF.requestId]).map((requestId) => ({
		...REF,
		requestId,
	}));
	const until = EPOCH + 90_000;
	const back = () => Math.min(until, ...wakes().map(({ at }) => at)) + 60_000;
	const stored = world.stored ?? ((ms) => (EPOCH + ms > back() ? 'elsewhere' : 'parked'));
	const wakes = () => host.calls.filter(({ path }) => path.startsWith('/webhook-waiting'));
	const over = watchOver({
		key: '7 Run 0',
		address: new URL('http://n8n/webhook-waiting/7/runcomfy?signature=s'),
		open: refs.map((ref) => openOf(ref)),
		othersWait: false,
		park: {
			id: '0-1',
			secret: 's3',
			at: EPOCH,
			until,
			executionId: '7',
			...world.park,
		},
		client,
		state: async () => stored(host.now() - EPOCH),
		onCancel: (_ref, answer) => canceled.push(String(answer)),
		...world.parked,
	});
	return {
		over,
		host,
		fake,
		canceled,
		/** When n8n was asked to resume, in milliseconds after the submit. */
		wakes: () => wakes().map(({ at }) => at - EPOCH),
		/** The ids in each of these calls. */
		ended: () =>
			wakes().map(({ request }) => (JSON.parse(request.body!) as { ended: string[] }).ended),
		first: () => wakes()[0]?.request,
	};
}

const LONG = { runMs: 3_600_000 };
/** The second of two requests goes on. */
const ONE_OF_TWO = {
	ids: ['req-1', 'req-2'],
	job: {
		runMs: 5_000,
		instead: ({ path }: { path: string }) =>
			path.includes('req-2') ? json({ status: 'in_progress' }) : undefined,
	},
};

describe('the watcher of a parked execution', () => {
	it('wakes it once when the run has ended, by a call that only it can make', async () => {
		const { over, host, wakes, ended, first, canceled } = watching();
		await over;
		expect(wakes()).toHaveLength(1);
		expect(wakes()[0]).toBeGreaterThanOrEqual(40_000);
		expect(wakes()[0]).toBeLessThan(45_000);
		expect([ended(), canceled, host.clock.sleeping()]).toEqual([[[REF.requestId]], [], 0]);
		expect(first()).toMatchObject({ method: 'POST', authenticate: false });
		expect(first()?.body).toContain('"secret":"s3"');
	});

	it('wakes again after n8n has refused, not answered, or was still storing it', async () => {
		const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
		const { over, wakes } = watching({
			n8n: (ms) => {
				if (ms < 2_000) return RUNNING;
				if (ms < 4_000) return problem(503, 'Database is not ready!');
				return ms < 8_000 ? reset : RESUMED;
			},
			job: { runMs: 500 },
		});
		await over;
		expect(wakes().at(-1)).toBeGreaterThanOrEqual(8_000);
		expect(wakes().at(-1)).toBeLessThan(16_000);
		expect(wakes().length).toBeLessThan(12);
	});

	it.each([
		['somebody else has resumed it', () => RUNNING],
		['it has ended', () => FINISHED],
		['another watcher looks after it', () => json('runcomfy parked')],
	])('stops waking if %s', async (_why, n8n) => {
		const { over, wakes } = watching({ n8n });
		await over;
		expect(wakes()).toHaveLength(1);
	});

	it('leaves the last moments before n8n’s timer to that', async () => {
		const { over, wakes } = watching({ job: { runMs: 87_000 } });
		await over;
		expect(wakes()).toEqual([]);
	});

	it('tells the node that goes on what it has seen', async () => {
		const { over, host } = watching({ job: { queueMs: 5_000, ...LONG } });
		await host.clock.sleep(20_000);
		const seen = stopWatcher('7 Run 0')?.seen.get(REF.requestId);
		await over;
		expect(seen?.polls).toBe(host.callsOf('status').length);
		expect(seen!.queuedAt! - EPOCH).toBeLessThan(5_000);
		expect(seen!.runningAt! - EPOCH).toBeGreaterThanOrEqual(5_000);
		expect(stopWatcher('7 Run 0')).toBeUndefined();
	});

	it('reads what n8n has stored less often if that takes long', async () => {
		const reads: number[] = [];
		const { over, host } = watching({
			job: LONG,
			parked: {
				async state() {
					reads.push(host.now() - EPOCH);
					await host.clock.sleep(2_000);
					return reads.length < 4 ? 'parked' : 'elsewhere';
				},
			},
		});
		await over;
		expect(reads).toEqual([15_000, 57_000, 99_000, 141_000]);
	});

	it('goes on with the schedule of the one before it', async () => {
		const seen = { runningAt: EPOCH - 60_000, polledAt: EPOCH - 500, polls: 9 };
		const receipt = observedReceipt(receiptOf(REF, EPOCH - 60_000), seen);
		const open = [openOf(REF, { receipt })];
		const { over, host } = watching({ job: LONG, parked: { open } });
		await over;
		// A step of 3 s, half a second of which has passed.
		expect(host.callsOf('status')[0]!.at - EPOCH).toBe(2_500);
	});

	it.each([
		['back', -3_600_000, 1],
		// After that, n8n's timer fires within a minute.
		['forward', 3_600_000, 0],
	])('wakes nobody too often after the clock was set %s by an hour', async (_way, by, times) => {
		const on = { clockSetBy: (ms: number) => (ms > 10_000 ? by : 0) };
		const { over, wakes } = watching({ on });
		await over;
		expect(wakes()).toHaveLength(times);
	});
});

describe('with items that wait for a slot', () => {
	const parked = { othersWait: true };

	it('leaves two seconds between two wake-ups, and ten times as long as n8n takes', async () => {
		const job = { ...ONE_OF_TWO.job, runMs: 100 };
		const quick = watching({ ...ONE_OF_TWO, job, parked });
		await quick.over;
		expect([quick.wakes(), quick.ended()]).toEqual([[2_000], [['req-1']]]);
		const slow = { ...RESUMED, delayMs: 800 };
		await watching({ ...ONE_OF_TWO, job, parked, n8n: () => slow }).over;
		const next = watching({ ...ONE_OF_TWO, job, parked });
		await next.over;
		expect(next.wakes()).toEqual([8_000]);
	});
});

describe('an execution that was stopped', () => {
	const stopped = (ms: number) => (ms > 20_000 ? 'stopped' : 'parked');
	const deleted = (ms: number) => (ms > 20_000 ? 'deleted' : 'parked');

	it.each([
		['stopped', stopped],
		['deleted', deleted],
	])('has its request canceled within half a minute, and once: %s (P25)', async (_how, stored) => {
		const { over, host, canceled, wakes } = watching({ job: LONG, stored });
		await over;
		expect(canceled).toEqual(['cancellation_requested']);
		expect(host.callsOf('cancel')[0]!.at - EPOCH).toBeLessThanOrEqual(50_000);
		expect(wakes()).toEqual([]);
	});

	it.each<[string, StoredState, World]>([
		['stopped', 'stopped', { ...ONE_OF_TWO, parked: { othersWait: true } }],
		['stopped, and never woken', 'stopped', { ids: ['req-2'], job: LONG }],
	])(
		'has its request canceled until the node is back, as long as n8n takes for that: %s (P25)',
		async (_how, state, world) => {
			const { over, host, canceled, wakes } = watching({
				...world,
				stored: (ms) => (ms > 7_200_000 ? state : 'parked'),
			});
			await over;
			expect(canceled).toHaveLength(1);
			expect(host.callsOf('cancel').map(({ path }) => path)).toEqual([
				expect.stringContaining('req-2'),
			]);
			expect(wakes()).toHaveLength(world.parked ? 1 : 0);
			// Polling stops once n8n continues.
			expect(host.callsOf('status').at(-1)!.at - EPOCH).toBeLessThan(110_000);
		},
	);

	it('has canceled what an error has named, and what has timed out', async () => {
		const named = openOf({ ...REF, requestId: 'named' }, { isAwaited: false });
		const { over, host } = watching({
			stored: stopped,
			job: LONG,
			parked: { open: [late(), named] },
		});
		await over;
		expect(host.callsOf('cancel')).toHaveLength(2);
	});

	it('has its requests canceled twenty at a time, and Node.js sees no leak in as many listeners', async () => {
		const ids = Array.from({ length: 60 }, (_, n) => `req-${n}`);
		let open = 0;
		let most = 0;
		const instead = ({ path }: Seen) => {
			if (!path.endsWith('/cancel')) return undefined;
			most = Math.max(most, (open += 1));
			void host.clock.sleep(1_000).then(() => (open -= 1));
			return { ...json({ outcome: 'cancelled' }), delayMs: 1_000 };
		};
		const any = jest.spyOn(AbortSignal, 'any');
		const { over, host, canceled } = watching({ ids, stored: stopped, job: { ...LONG, instead } });
		await host.clock.sleep(10_000);
		const { signal } = runtime.watchers.get('7 Run 0')!.over;
		const signals = [signal, ...any.mock.results.map(({ value }) => value as AbortSignal)];
		any.mockRestore();
		const listeners = signals.map((one) => getEventListeners(one, 'abort').length);
		expect(Math.max(...listeners)).toBeLessThan(10);
		await over;
		expect([most, canceled.length]).toEqual([20, 60]);
	});

	it.each<[string, World]>([
		[
			'it succeeded after n8n’s timer, and n8n keeps no such executions',
			{ stored: (ms) => (ms > 100_000 ? 'deleted' : 'parked') },
		],
		['it has ended', { job: { runMs: 25_000 }, n8n: () => FINISHED }],
		[
			'n8n only seemed to have ended it',
			{ stored: (ms) => (ms < 20_000 ? 'parked' : ms < 33_000 ? 'deleted' : 'elsewhere') },
		],
		['it failed before the node was back', { stored: (ms) => (ms > 20_000 ? 'failed' : 'parked') }],
		['somebody else has gone on with it', { stored: () => 'elsewhere' }],
		['nobody can say', { stored: (ms) => (ms < 600_000 ? 'unknown' : 'elsewhere') }],
	])('is left alone if %s', async (_why, world) => {
		const { over, host } = watching({ job: LONG, stored: stopped, ...world });
		await over;
		expect(host.callsOf('cancel')).toEqual([]);
	});
});

function late() {
	return openOf(REF, { waitsFrom: EPOCH, timeoutMs: 10_000 });
}

/** Wakes many executions at the same moment, with an n8n that answers like this. */
function waking(count: number, answer: (n: number) => Reply) {
	let open = 0;
	let most = 0;
	const host = createVirtualHost(({ path }) => {
		open += 1;
		most = Math.max(most, open);
		const reply = answer(Number(path.split('/').at(-1)));
		void host.clock.sleep(reply.delayMs ?? 0).then(() => (open -= 1));
		return reply;
	});
	const { signal } = new AbortController();
	const answers = Promise.all(
		Array.from({ length: count }, (_, n) => {
			const address = new URL(`http://n8n/webhook-waiting/${n}`);
			return wake(host, address, { secret: 's', ended: [], seen: {} }, signal);
		}),
	);
	return { host, answers, most: () => most };
}

describe('a thousand executions that are to be woken at once', () => {
	it('are woken two at a time', async () => {
		const { host, answers, most } = waking(1_000, () => ({ ...RESUMED, delayMs: 50 }));
		expect(new Set(await answers)).toEqual(new Set(['resumed']));
		expect([most(), host.calls.length, host.now() - EPOCH]).toEqual([2, 1_000, 25_000]);
	});

	it('leave an n8n that refuses in peace for longer and longer', async () => {
		const { host, answers } = waking(20, () => problem(503, 'Database is not ready!'));
		expect(new Set(await answers)).toEqual(new Set(['failed']));
		const at = host.calls.map((call) => call.at - EPOCH);
		expect(at.filter((ms) => ms < 10_000).length).toBeLessThan(12);
		expect(at.at(-1)).toBeGreaterThan(120_000);
		// Once n8n accepts one wake-up, the others follow as before.
		const again = waking(20, () => json('runcomfy resumed'));
		await again.answers;
		expect(again.host.now() - EPOCH).toBeLessThan(50_000);
	});
});

describe('the memory of n8n', () => {
	/** Keep references to their waiters, as timers would. */
	const sleeping: Array<() => void> = [];
	const sleep = () => new Promise<void>((resolve) => sleeping.push(resolve));

	/** n8n's answer that the URL works. */
	const request = async () => ({
		status: 204,
		headers: { 'access-control-allow-origin': 'https://runcomfy.invalid' },
	});

	/** Parks an execution of one account. */
	async function park(executionId: string): Promise<WeakRef<object>> {
		const node = { name: 'Run', type: 'runComfy', credentials: { runComfyApi: { id: 'one' } } };
		const context = {
			getNode: () => node,
			getExecutionId: () => executionId,
			getMode: () => 'trigger',
			getParentNodes: () => [],
			getInstanceBaseUrl: () => '',
			getWorkflowDataProxy: () => ({ $execution: { resumeUrl: 'http://n8n/webhook-waiting/7' } }),
			getExecuteData: () => ({ node, data: { main: [[]] } }),
			runExecutionData: { executionData: { nodeExecutionStack: [] } },
			putExecutionToWait: async () => undefined,
			helpers: {},
			addExecutionHints: () => undefined,
			logger: {},
		};
		const host = { context, request, sleep, now: () => EPOCH, monotonic: () => 0 };
		const open = [openOf({ requestId: `r${executionId}`, deploymentId: 'd' })];
		const ledger = { runKey: '0', park: () => undefined };
		const session = { client: { host }, host, ledger, secrets: [], hint: () => undefined } as never;
		const way = findWayOut(context as never, session, { waitMode: 'auto' }, undefined)!;
		await new Promise<void>((resolve) => {
			way.onReachable = resolve;
			way.search();
		});
		await way.leave({ settled: new Map(), open, othersWait: false });
		way.close();
		return new WeakRef(context);
	}

	it('keeps nothing of an execution that is watched, but of the newest one of an account', async () => {
		setFlagsFromString('--expose-gc');
		const collect = runInNewContext('gc') as () => void;
		const parked: Array<WeakRef<object>> = [];
		for (const id of ['1', '2', '3', '4', '5']) parked.push(await park(id));
		await new Promise((resolve) => setImmediate(resolve));
		collect();
		expect(runtime.watchers.size).toBe(5);
		expect(parked.filter((one) => one.deref())).toHaveLength(1);
	});
});
