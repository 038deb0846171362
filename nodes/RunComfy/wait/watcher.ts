import {
	addLook,
	cancelBestEffort,
	type CancelOutcome,
	type Client,
	getStatus,
	isFinished,
	type Progress,
	type RequestRef,
	type RunTimes,
	type Sight,
	watch,
} from '../../../core';
import { type Answer, ASK, call, WAKE } from './address';
import type { WatchedRequest } from './calls';
import { LATEST_MS } from './times';

/** What is known of a parked execution in the process that has parked it. */
export interface ParkedExecution {
	/** The execution, the node and its run: one watcher for each. */
	key: string;
	/** The time that is watched: see `Parked`. */
	park: string;
	/** Where n8n resumes it. */
	address: URL;
	open: readonly WatchedRequest[];
	/** Whether one failed request is enough to go on. */
	stopAtFailure: boolean;
	/** Milliseconds since the epoch: n8n itself goes on then. */
	until: number;
	/** Whether requests are canceled once the execution was stopped, or deleted. */
	cancelOnStop: boolean;
	/** Shared with other watchers. */
	client: Client;
	runTimes: RunTimes;
	/** Called for each cancel that was sent. */
	onCancel(ref: RequestRef, answer: CancelOutcome | undefined): void;
}

/** Milliseconds between two questions whether the execution still waits, so that a stop is noticed. */
const ASK_MS = 15_000;

/** Milliseconds before n8n goes on by itself at which it is asked for the last time before that. */
const LAST_ASK_MS = 1_000;

/** Milliseconds in which n8n stores what it parks: until then it says that the execution runs. */
const STORING_MS = 10_000;

/**
 * Milliseconds after which n8n is asked once more before anything is canceled: while it recovers from
 * a crash it may mark an execution as ended with which it goes on.
 */
const CONFIRM_MS = 5_000;

/** Milliseconds before n8n is asked again to go on: at first, and at most. */
const WAKE_MS = 150;
const MAX_WAKE_MS = 5_000;

const watchers = new Map<string, Watcher>();

interface Watcher {
	over: AbortController;
	/** What it has seen, by request id. */
	sights: Map<string, Sight>;
}

/** Ends the watcher of a run of a node: the node itself goes on, with what that has seen by request id. */
export function endWatcher(key: string): ReadonlyMap<string, Sight> {
	const watcher = watchers.get(key);
	const sights = watcher?.sights ?? left.get(key) ?? new Map<string, Sight>();
	watcher?.over.abort();
	watchers.delete(key);
	left.delete(key);
	return sights;
}

/** What watchers have seen that ended by themselves: n8n may be about to go on with the node. */
const left = new Map<string, ReadonlyMap<string, Sight>>();
const MOST_LEFT = 1_000;

function leave(key: string, sights: ReadonlyMap<string, Sight>): void {
	watchers.delete(key);
	left.set(key, sights);
	const [oldest] = left.keys();
	if (left.size > MOST_LEFT && oldest !== undefined) left.delete(oldest);
}

/**
 * Looks after the requests of a parked execution, from outside of it: has n8n go on with it once all
 * of them have ended, and cancels them once it was stopped. Only shortens the wait: without it, n8n
 * goes on at the end of the time for which the execution is parked. Resolves when there is nothing
 * more to do, and never rejects.
 */
export async function watchOver(execution: ParkedExecution): Promise<void> {
	endWatcher(execution.key);
	const over = new AbortController();
	const watcher: Watcher = { over, sights: new Map() };
	watchers.set(execution.key, watcher);
	const job = {
		...execution,
		...watcher,
		startedAt: execution.client.host.monotonic(),
		seen: false,
	};
	await Promise.allSettled([wakeAtEnd(job), askRegularly(job)]);
	if (watchers.get(execution.key) === watcher) leave(execution.key, watcher.sights);
}

interface Job extends ParkedExecution, Watcher {
	/** Aborts when there is nothing more to do. */
	over: AbortController;
	/** On the monotonic clock. */
	startedAt: number;
	/** Whether n8n has said that the execution is parked. */
	seen: boolean;
}

async function wakeAtEnd(job: Job): Promise<void> {
	const { client, over } = job;
	await Promise.race([allEnded(job), firstDeadline(job)]);
	for (let waitMs = WAKE_MS; !over.signal.aborted; waitMs = Math.min(MAX_WAKE_MS, waitMs * 1.5)) {
		await take(job, await call(client.host, job.address, WAKE, over.signal));
		if (!over.signal.aborted) await client.host.sleep(waitMs, over.signal);
	}
}

/** Resolves when every request has ended, or one that has failed is enough. */
async function allEnded({
	client,
	over,
	sights,
	open,
	stopAtFailure,
	runTimes,
}: Job): Promise<void> {
	const { signal } = over;
	const failed = new AbortController();
	const ends = open.map(async ({ ref, submittedAt, told }) => {
		const onProgress = ({ status }: Progress) => {
			const seen = sights.get(ref.requestId);
			sights.set(ref.requestId, addLook(seen, status, client.host.now()));
		};
		const { result } = await watch(client, ref, {
			...{ signal, submittedAt, told, runTimes, onProgress },
		});
		if (result.status !== 'succeeded' && stopAtFailure) failed.abort();
	});
	const oneFailed = new Promise<void>((resolve) => {
		failed.signal.addEventListener('abort', () => resolve());
	});
	await Promise.race([Promise.all(ends), oneFailed]);
}

/** Resolves at the first moment when a request is waited for no longer, if this watcher lives then. */
async function firstDeadline({ client, over, open, until }: Job): Promise<void> {
	const never = until + 2 * LATEST_MS;
	const first = Math.min(never, ...open.map(({ deadline }) => deadline || never));
	await client.host.sleep(first - client.host.now(), over.signal);
}

async function askRegularly(job: Job): Promise<void> {
	const { client, over, until } = job;
	while (!over.signal.aborted && client.host.now() < until + LATEST_MS) {
		const leftMs = until - LAST_ASK_MS - client.host.now();
		await client.host.sleep(leftMs > 0 ? Math.min(ASK_MS, leftMs) : ASK_MS, over.signal);
		await take(job, await call(client.host, job.address, ASK, over.signal));
	}
	over.abort();
}

/** Draws the conclusion from what n8n says of the execution. */
async function take(job: Job, answer: Answer): Promise<void> {
	const { client, over, park } = job;
	if (over.signal.aborted) return;
	const { state } = answer;
	if (state === 'parked' && answer.park === park) {
		job.seen = true;
		return;
	}
	if (state === 'unknown') return;
	if (state === 'stopped' && job.cancelOnStop && isStop(job)) return confirmStop(job);
	const young = client.host.monotonic() - job.startedAt < STORING_MS;
	if (state === 'running' && young && !job.seen) return;
	over.abort();
}

/**
 * Whether nobody but a user can have ended the execution. From the moment on when n8n goes on by itself,
 * in whatever process, it may as well have failed there, and its requests are left to a retry.
 */
function isStop({ client, until }: Job): boolean {
	return client.host.now() < until;
}

async function confirmStop(job: Job): Promise<void> {
	const { client, over, address } = job;
	await client.host.sleep(CONFIRM_MS, over.signal);
	const { state } = await call(client.host, address, ASK, over.signal);
	if (state !== 'stopped' || over.signal.aborted) return;
	over.abort();
	await cancelAll(job);
}

/** Cancels what still runs and was still waited for. */
async function cancelAll({ client, open, onCancel }: Job): Promise<void> {
	const now = client.host.now();
	const wanted = open.filter(({ deadline }) => !deadline || deadline > now);
	await Promise.allSettled(
		wanted.map(async ({ ref }) => {
			const { status } = await getStatus(client, ref);
			if (!isFinished(status)) onCancel(ref, await cancelBestEffort(client, ref));
		}),
	);
}
