import {
	addStatusCall,
	cancelBestEffort,
	type CancelOutcome,
	type Client,
	type Observed,
	type Progress,
	type RequestRef,
	RunComfyError,
	watch,
} from '../../../core';
import { runtime, type Watcher } from '../runtime';
import type { OpenRequest } from '../session/ledger';
import { TIMER_MS } from './resume';
import { refillMs, wake } from './wakes';

/**
 * What n8n has stored of an execution, as far as it is known: `canceled` if it says that somebody stopped it,
 * `ended` if it has failed, crashed, or was deleted.
 */
export type StoredState = 'parked' | 'canceled' | 'ended' | 'elsewhere' | 'unknown';

/** What is known of a parked execution in the process that has parked it. */
export interface ParkedExecution {
	/** The execution, the node and its run: one watcher for each. */
	key: string;
	/** See `Parked`. */
	secret: string;
	address: URL;
	open: readonly OpenRequest[];
	/** Whether other items cannot be submitted before one of these requests has ended. */
	othersWait: boolean;
	/** Whether one failed request is enough to go on. */
	stopAtFailure: boolean;
	/** Milliseconds since the epoch: n8n itself goes on then. */
	until: number;
	/** Whether requests are canceled once the execution was stopped, or deleted. */
	cancelOnStop: boolean;
	/** Shared with other watchers. */
	client: Client;
	/** Reads what n8n has stored of it. Never throws. */
	state(): Promise<StoredState>;
	/** Those of these requests that a retry in this n8n has not taken up. */
	notTakenUp(refs: readonly RequestRef[]): Promise<readonly RequestRef[]>;
	onCancel(ref: RequestRef, answer: CancelOutcome | undefined): void;
}

/** Milliseconds between two looks whether the execution still waits, so that a stop is noticed. */
const STATE_MS = 15_000;

/**
 * Milliseconds after which n8n's data is read once more before anything is canceled: while it recovers from
 * a crash, n8n may mark an execution as ended and then go on with it.
 */
const CONFIRM_MS = 5_000;

/** Milliseconds in which n8n stores what it parks: until then, it says that the execution runs. */
export const STORING_MS = 10_000;

/** Ends the watcher of a run of a node: the node itself goes on, with what that has seen by request id. */
export function endWatcher(key: string): ReadonlyMap<string, Observed> {
	const { watchers, left } = runtime;
	const watcher = watchers.get(key);
	const sights = watcher?.sights ?? left.get(key) ?? new Map<string, Observed>();
	watcher?.over.abort();
	watchers.delete(key);
	left.delete(key);
	return sights;
}

/**
 * Watches the requests of a parked execution from outside of it: has n8n go on with it once there is
 * something to do, and cancels them once it was stopped. Only shortens the wait: without it, n8n goes on at
 * the end of the time for which the execution is parked. Resolves when there is nothing more to do, and
 * never rejects.
 */
export async function watchOver(execution: ParkedExecution): Promise<void> {
	endWatcher(execution.key);
	const watcher: Watcher = { over: new AbortController(), sights: new Map() };
	runtime.watchers.set(execution.key, watcher);
	const job: Job = {
		...execution,
		...watcher,
		since: execution.client.host.monotonic(),
		ended: new Map(),
	};
	await Promise.allSettled([wakeWhenUseful(job), noticeStop(job)]);
	if (runtime.watchers.get(execution.key) !== watcher) return;
	runtime.watchers.delete(execution.key);
	runtime.left.set(execution.key, watcher.sights);
}

interface Job extends ParkedExecution, Watcher {
	/** When it was parked, on the monotonic clock. */
	since: number;
	/** Requests that have ended, or are waited for no longer: whether each succeeded. */
	ended: Map<string, boolean>;
}

async function wakeWhenUseful(job: Job): Promise<void> {
	const { client, over, address, secret, ended, sights, since, until } = job;
	const { host } = client;
	await firstUseful(job);
	if (!isUrgent(job)) {
		await host.sleep(Math.max(0, since + refillMs() - host.monotonic()), over.signal);
	}
	// In the last moments before n8n's timer, nobody else resumes the execution.
	while (ended.size > 0 && !over.signal.aborted && host.now() < until - 2 * TIMER_MS) {
		const storing = host.monotonic() - since < STORING_MS;
		const said = { secret, ended: [...ended.keys()], seen: Object.fromEntries(sights) };
		const answer = await wake(host, { address, ...said }, over.signal);
		if (answer === 'resumed' || (answer === 'running' && !storing)) return over.abort();
		if (answer === 'gone') return;
		await host.sleep(RETRY_MS, over.signal);
	}
}

/** Milliseconds before n8n is asked again to go on with what it was storing. */
const RETRY_MS = 250;

/** Resolves once there is something to do for the node, or nothing more to be seen from here. */
async function firstUseful(job: Job): Promise<void> {
	await new Promise<void>((resolve) => {
		const all = job.open.map(async (one) => {
			await watchOne(job, one);
			if (isUseful(job)) resolve();
		});
		void Promise.all(all).then(() => resolve());
	});
}

function isUseful(job: Job): boolean {
	return job.ended.size > 0 && (job.othersWait || isUrgent(job));
}

/** Whether what has come out can go on, and not only the next items be submitted. */
function isUrgent({ ended, open, stopAtFailure }: Job): boolean {
	return ended.size === open.length || (stopAtFailure && [...ended.values()].includes(false));
}

/** A request that nothing can be said of is left to n8n's timer. */
async function watchOne(job: Job, { ref, submittedAt, deadline, seen }: OpenRequest) {
	const { client, over, sights, ended } = job;
	const onProgress = ({ status }: Progress) => {
		const before = sights.get(ref.requestId);
		sights.set(ref.requestId, addStatusCall(before, status, client.host.now()));
	};
	try {
		const { result } = await watch(client, ref, {
			submittedAt,
			seen,
			onProgress,
			signal: over.signal,
			deadline: deadline && client.host.monotonic() + deadline - client.host.now(),
		});
		ended.set(ref.requestId, result.status === 'succeeded');
	} catch (error) {
		if (error instanceof RunComfyError && isFinal(error)) ended.set(ref.requestId, false);
	}
}

/** Whether the node, too, would wait no longer. */
function isFinal({ code }: RunComfyError): boolean {
	return code === 'timed_out' || code === 'not_found' || code === 'forbidden';
}

async function noticeStop(job: Job): Promise<void> {
	const { client, over, until } = job;
	while (!over.signal.aborted && client.host.now() < until) {
		await client.host.sleep(STATE_MS, over.signal);
		const state = await job.state();
		if (state === 'elsewhere') over.abort();
		if (HAS_ENDED.has(state) && (await isStopped(job, state))) await cancelAll(job);
	}
	over.abort();
}

const HAS_ENDED: ReadonlySet<StoredState> = new Set(['canceled', 'ended']);

/**
 * Whether nobody but a user can have ended the execution. From the moment on when n8n goes on by itself,
 * in whatever process, it may as well have failed there, and its requests are left to a retry.
 */
async function isStopped({ client, over, until, state }: Job, seen: StoredState): Promise<boolean> {
	if (seen === 'ended' && client.host.now() >= until) return false;
	await client.host.sleep(CONFIRM_MS, over.signal);
	return HAS_ENDED.has(await state());
}

async function cancelAll({
	client,
	over,
	open,
	ended,
	cancelOnStop,
	notTakenUp,
	onCancel,
}: Job): Promise<void> {
	if (over.signal.aborted) return;
	over.abort();
	if (!cancelOnStop) return;
	const refs = open.flatMap(({ ref }) => (ended.has(ref.requestId) ? [] : [ref]));
	await Promise.allSettled(
		(await notTakenUp(refs)).map(async (ref) => onCancel(ref, await cancelBestEffort(client, ref))),
	);
}
