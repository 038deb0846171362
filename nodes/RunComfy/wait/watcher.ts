import type { IExecuteFunctions, IRunExecutionData, Logger } from 'n8n-workflow';
import {
	type CancelVerdict,
	type Client,
	endStatus,
	FATES,
	type Host,
	mapSettled,
	type Observed,
	Pursuit,
	type Receipt,
	requestIn,
	type RequestRef,
	sendLastCancel,
	toRunComfyError,
} from '../../../core';
import { type Outside, type RunningWatcher, runtime } from '../runtime';
import { describeRequest } from '../session/entry';
import { type NodeContext, type Park, parkedRun } from '../session/ledger';
import { refillMs, TIMER_MS, wake } from './wake';

/*
 * Watches parked executions. The code here must not reference the node's run: otherwise, each parked execution would
 * stay in n8n's memory, with all of its items.
 */

/** A request that matters while the execution is parked. */
export interface OpenRequest {
	receipt: Receipt;
	/** Whether the node still waits for the request. If not, it may still be running, and a stop cancels it. */
	isAwaited: boolean;
	/** Milliseconds; 0 for no timeout. */
	timeoutMs: number;
	waitsFrom?: number | undefined;
}

/** How many cancels are sent at the same time. */
const CANCELS_AT_ONCE = 20;

/** What a watcher has to know about the execution. */
interface Watched {
	/** Identifies the watcher by the execution, the node and its run. */
	key: string;
	nodeName: string;
	park: Park;
	/** The URL at which n8n resumes the execution. */
	address: URL;
	open: readonly OpenRequest[];
	/** Whether more items can be submitted as soon as one of these requests has ended. */
	othersWait: boolean;
	client: Client;
	onCancel(ref: RequestRef, answer: CancelVerdict): void;
}

/**
 * Starts to watch a parked execution. The watcher gets another host than the client's own host, which references the
 * node's run.
 */
export function watchFromOutside(account: string, own: Outside, watched: Watched): void {
	const { outside, release } = shareOutside(account, own);
	const { park, nodeName } = watched;
	const execution = {
		...watched,
		client: { ...watched.client, host: outside.host },
		state: () => stateOf(park, nodeName, outside),
	};
	void watchOver(execution).finally(release);
}

/**
 * n8n's functions, shared by all watchers of an account. The functions reference the execution that they came from,
 * so only the newest execution of the account stays in memory.
 */
function shareOutside(account: string, own: Outside): { outside: Outside; release: () => void } {
	const { outsides } = runtime;
	const shared = outsides.get(account) ?? { current: own, users: 0 };
	outsides.set(account, shared);
	shared.current = own;
	shared.users += 1;
	return {
		outside: {
			host: new Proxy({} as Host, {
				get: (_none, name) => Reflect.get(shared.current.host, name) as unknown,
			}),
			read: (executionId) => shared.current.read(executionId),
		},
		release() {
			shared.users -= 1;
			if (shared.users === 0) outsides.delete(account);
		},
	};
}

// Not inlined: closures of the same function share all variables that any of them uses.
export function readerOf(context: IExecuteFunctions): Outside['read'] {
	return (executionId) => context.getExecutionDataById(executionId);
}

/**
 * The stored state of an execution: `stopped` by a user or by the workflow's timeout, `deleted`, `failed` with
 * another error, or continued `elsewhere`.
 */
export type StoredState = 'parked' | Over | 'elsewhere' | 'unknown';

type Over = 'stopped' | 'deleted' | 'failed';

/** The errors that n8n stores with a stopped execution (2.8 to 2.41). */
const STOPPED = [
	'The execution was cancelled manually',
	'The execution was cancelled because it timed out',
];

/** Milliseconds that n8n may take to store a park. Until then, n8n reports the execution as running. */
const STORING_MS = 10_000;

async function stateOf(park: Park, node: string, { host, read }: Outside): Promise<StoredState> {
	let data: IRunExecutionData | undefined;
	try {
		data = await read(park.executionId);
	} catch {
		return 'unknown';
	}
	if (!data) return 'deleted';
	const context = data.executionData?.contextData[`node:${node}`] as NodeContext | undefined;
	const { parked } = parkedRun(context ?? {}) ?? {};
	// If the execution is stopped while n8n stores the park, the park is not stored.
	const { error } = data.resultData;
	if (error) return STOPPED.includes(error.message) ? 'stopped' : 'failed';
	if (parked?.id === park.id) return 'parked';
	return host.now() - park.at < STORING_MS ? 'unknown' : 'elsewhere';
}

// Keeps only the logger in memory, not the execution.
export function logCancel(logger: Logger, key: string): Watched['onCancel'] {
	return (ref, answer) =>
		logger.warn(
			`${describeRequest(ref)} ${FATES[answer].fact}. Its parked execution was stopped or deleted (execution, node, run: ${key})`,
			{ ...ref, cancel: answer },
		);
}

export interface ParkedExecution extends Omit<Watched, 'nodeName'> {
	/** Reads the state that n8n has stored. Never throws. */
	state(): Promise<StoredState>;
}

/** Milliseconds between two reads of the stored state, to notice a stop. */
const STATE_MS = 15_000;

/** The same time, as a multiple of how long the last read took: n8n reads the whole execution, with all items. */
const STATE_SHARE = 20;

/**
 * Before anything is canceled, the stored state is read again after this many milliseconds. While n8n recovers from
 * a crash, it may mark an execution as finished and then continue it.
 */
const CONFIRM_MS = 5_000;

/** Milliseconds between two wake-ups of an execution that n8n is still storing. */
const RETRY_MS = 250;

function isOver(state: StoredState): state is Over {
	return state === 'stopped' || state === 'deleted' || state === 'failed';
}

/** Stops the watcher of a node's run. */
export function stopWatcher(key: string): RunningWatcher | undefined {
	const watcher = runtime.watchers.get(key);
	watcher?.over.abort();
	runtime.watchers.delete(key);
	return watcher;
}

/**
 * Watches the requests of a parked execution, to shorten the wait: without a watcher, n8n's timer resumes the
 * execution. Resolves when there is nothing more to do. Never rejects.
 */
export async function watchOver(execution: ParkedExecution): Promise<void> {
	const { key } = execution;
	stopWatcher(key);
	const watcher = new Watcher(execution);
	runtime.watchers.set(key, watcher);
	await watcher.work();
	if (runtime.watchers.get(key) === watcher) runtime.watchers.delete(key);
}

/** Why the node has to check a request. A request that is `timed_out` may still be running. */
type CheckReason = 'succeeded' | 'failed' | 'timed_out';

/**
 * Wakes a parked execution when there is something to do. If the execution is stopped before the node is back,
 * cancels its requests, however late that is.
 */
class Watcher implements RunningWatcher {
	/** Aborts when there is nothing more to do. */
	readonly over = new AbortController();
	readonly seen = new Map<string, Observed>();
	/** Aborts when n8n resumes the execution. From then on, the watcher only checks for a stop. */
	private readonly resumed = new AbortController();
	/** The requests that the node has to check, by id. */
	private readonly toCheck = new Map<string, CheckReason>();
	private readonly awaited: readonly OpenRequest[];
	/** When the execution was parked, on the monotonic clock. */
	private readonly parkedAt: number;

	constructor(private readonly execution: ParkedExecution) {
		this.parkedAt = this.host.monotonic();
		this.awaited = execution.open.filter(({ isAwaited }) => isAwaited);
	}

	private get host() {
		return this.execution.client.host;
	}

	async work(): Promise<void> {
		await Promise.allSettled([this.wakeWhenUseful(), this.noticeStop()]);
	}

	/** Creates a new signal for each caller: Node.js warns of a leak at eleven listeners on one signal. */
	private whileParked(): AbortSignal {
		return AbortSignal.any([this.over.signal, this.resumed.signal]);
	}

	private async wakeWhenUseful(): Promise<void> {
		const { host, toCheck, execution } = this;
		const { park, address } = execution;
		const signal = this.whileParked();
		await this.firstUseful();
		if (!this.isUrgent()) {
			await host.sleep(Math.max(0, this.parkedAt + refillMs() - host.monotonic()), signal);
		}
		// Shortly before n8n's timer, only the timer may resume the execution.
		while (toCheck.size > 0 && !signal.aborted && host.now() < park.until - 2 * TIMER_MS) {
			const isStoring = host.monotonic() - this.parkedAt < STORING_MS;
			const said = {
				secret: park.secret,
				ended: [...toCheck.keys()],
				seen: Object.fromEntries(this.seen),
			};
			const answer = await wake(host, address, said, signal);
			if (answer === 'resumed' || (answer === 'running' && !isStoring)) this.resumed.abort();
			if (answer === 'gone' || answer === 'redirected') return;
			await host.sleep(RETRY_MS, signal);
		}
	}

	/** Resolves when there is something for the node to do, or nothing more to watch. */
	private async firstUseful(): Promise<void> {
		await new Promise<void>((resolve) => {
			const requests = this.awaited.map((request) => this.watchOne(request));
			const all = requests.map(async (ended) => {
				await ended;
				if (this.isUseful()) resolve();
			});
			void Promise.all(all).then(() => resolve());
		});
	}

	private isUseful(): boolean {
		if (this.toCheck.size === 0) return false;
		// The node may have to cancel a request that has timed out.
		const isLate = [...this.toCheck.values()].includes('timed_out');
		return this.execution.othersWait || this.isUrgent() || isLate;
	}

	/** Whether the node can finish, instead of only submitting more items. */
	private isUrgent(): boolean {
		return this.toCheck.size === this.awaited.length;
	}

	/** Watches one request. If that fails, n8n's timer resumes the execution. */
	private async watchOne({ receipt, timeoutMs, waitsFrom }: OpenRequest): Promise<void> {
		const { execution, toCheck } = this;
		const { requestId } = requestIn(receipt.ids)!;
		const pursuit = new Pursuit(execution.client, receipt, {
			keep: ({ seen }) => void (seen && this.seen.set(requestId, seen)),
			cancels: () => false,
			leave: this.whileParked(),
			timeoutMs,
			waitsFrom,
		});
		try {
			await pursuit.ended();
			toCheck.set(requestId, 'succeeded');
		} catch (error) {
			const { code } = toRunComfyError(error, 'bad_response');
			if (endStatus(code)) toCheck.set(requestId, 'failed');
			else if (code === 'timed_out') toCheck.set(requestId, code);
		}
	}

	private async noticeStop(): Promise<void> {
		const { host, over, execution } = this;
		let tookMs = 0;
		while (!over.signal.aborted) {
			await host.sleep(Math.max(STATE_MS, STATE_SHARE * tookMs), over.signal);
			if (host.now() >= execution.park.until) this.resumed.abort();
			const began = host.monotonic();
			const state = await execution.state();
			tookMs = host.monotonic() - began;
			if (state === 'elsewhere' || this.isPruned(state)) over.abort();
			if (isOver(state)) await this.stopIfConfirmed();
		}
	}

	/**
	 * Checks again, and cancels the requests of a stopped or deleted execution. If the execution failed for another
	 * reason, cancels nothing, because a retry picks up its requests.
	 */
	private async stopIfConfirmed(): Promise<void> {
		const { host, over, execution } = this;
		await host.sleep(CONFIRM_MS, over.signal);
		const confirmed = await execution.state();
		if (!isOver(confirmed) || this.isPruned(confirmed) || over.signal.aborted) return;
		over.abort();
		if (confirmed !== 'failed') await this.cancelAll();
	}

	/** Whether n8n itself may have deleted the execution. Once it is resumed, it may succeed and not be kept. */
	private isPruned(state: StoredState): boolean {
		return state === 'deleted' && this.resumed.signal.aborted;
	}

	private async cancelAll(): Promise<void> {
		const { client, open, onCancel } = this.execution;
		await mapSettled(open, CANCELS_AT_ONCE, async ({ receipt }) => {
			const ref = requestIn(receipt.ids)!;
			const reason = this.toCheck.get(ref.requestId);
			const hasEnded = reason === 'succeeded' || reason === 'failed';
			// Others may be waiting for a request that was submitted elsewhere.
			if (hasEnded || receipt.state === 'attached') return;
			onCancel(ref, await sendLastCancel(client, ref));
		});
	}
}
