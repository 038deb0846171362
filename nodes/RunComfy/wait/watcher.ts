import type { IExecuteFunctions, IRunExecutionData, Logger } from 'n8n-workflow';
import {
	cancelAndLook,
	type CancelOutcome,
	type Client,
	clientAt,
	endStatus,
	type Host,
	mapSettled,
	type Observed,
	Pursuit,
	type RequestRef,
	toRunComfyError,
} from '../../../core';
import { type Outside, type RunningWatcher, runtime } from '../runtime';
import { CANCELS_AT_ONCE } from '../session/aborts';
import { describeRequest } from '../session/entry';
import { type NodeContext, type OpenRequest, type Park, parkedRun } from '../session/ledger';
import { type findAddress, refillMs, TIMER_MS, wake } from './wake';

/*
 * Who watches a parked execution from outside of it. Nothing here may hold anything of the run of the node: each
 * parked execution would stay in n8n's memory with all of its items.
 */

/** What the process that parked an execution knows of it. */
interface Watched {
	/** The execution, the node and its run: one watcher for each. */
	key: string;
	nodeName: string;
	park: Park;
	open: readonly OpenRequest[];
	/** Whether other items cannot be submitted before one of these requests has ended. */
	othersWait: boolean;
	/** Milliseconds since the epoch: when RunComfy may take the next submit that it has refused for now. */
	attemptAt: number | undefined;
	/** Whether one failed request is enough to go on. */
	stopAtFailure: boolean;
	client: Client;
	/** The requests among these that no try of the node in another process looks after. */
	notTakenOver(refs: readonly RequestRef[]): Promise<readonly RequestRef[]>;
	onCancel(ref: RequestRef, answer: CancelOutcome | undefined): void;
}

/**
 * Watches a parked execution from here on; without an address where n8n takes calls for it, only whether it is
 * stopped. Its watcher must hold nothing of the run of the node, such as the client's own host: that would keep all of its items in memory.
 */
export function watchFromOutside(
	searched: ReturnType<typeof findAddress>,
	account: string,
	own: Outside,
	watched: Watched,
): void {
	const { outside, release } = shareOutside(account, own);
	const { park, nodeName } = watched;
	const execution = {
		...watched,
		client: { ...watched.client, host: outside.host },
		state: () => stateOf(park, nodeName, outside),
	};
	void watchOver({ ...execution, address: searched }).finally(release);
}

/**
 * One way to the outside for all watchers of an account: each of its own would hold its execution, with all of its
 * items, in memory. With this one, the newest execution of the account is held alone.
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

// A function of its own: a closure in a longer function would keep everything that the others there use.
export function readerOf(context: IExecuteFunctions): Outside['read'] {
	return (executionId) => context.getExecutionDataById(executionId);
}

/**
 * What n8n has stored of an execution, as far as it is known: `stopped` if it says that a user or the workflow's own
 * timeout has ended it, `deleted` if it is gone, `failed` if it has another error, `elsewhere` if it has got further.
 */
export type StoredState = 'parked' | HasEnded | 'elsewhere' | 'unknown';

type HasEnded = 'stopped' | 'deleted' | 'failed';

/** The errors that n8n stores for an execution that was stopped (2.8 to 2.41). */
const STOPPED = [
	'The execution was cancelled manually',
	'The execution was cancelled because it timed out',
];

/** Milliseconds in which n8n stores what it parks: until then, it says that the execution runs. */
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
	if (parked && parked.at > park.at) return 'elsewhere';
	// A stop while n8n stores the park keeps what was stored before.
	const { error } = data.resultData;
	if (error) return STOPPED.includes(error.message) ? 'stopped' : 'failed';
	if (parked?.id === park.id) return 'parked';
	return host.now() - park.at < STORING_MS ? 'unknown' : 'elsewhere';
}

// Keeps only the log in memory, not the execution.
export function logCancel(logger: Logger, key: string): Watched['onCancel'] {
	return (ref, answer = 'unknown') =>
		logger.warn(
			`${describeRequest(ref)} ${CANCELED[answer]}. Its parked execution was stopped or deleted (execution, node, run: ${key})`,
			{ ...ref, cancel: answer },
		);
}

const CANCELED: Readonly<Record<CancelOutcome, string>> = {
	cancellation_requested: 'was to be canceled, and RunComfy has accepted that',
	not_cancellable:
		'could not be canceled: it had already ended, or it is still running and billed (RunComfy cancels it only while it is queued). Check its status',
	unknown: 'may run on and be billed: RunComfy did not confirm its cancel',
};

export interface ParkedExecution extends Omit<Watched, 'nodeName'> {
	/** Where n8n takes calls for it, once that is found. */
	address: Promise<URL | undefined>;
	/** Reads what n8n has stored of it. Never throws. */
	state(): Promise<StoredState>;
}

/** Milliseconds between two reads of what n8n has stored, so that a stop is noticed. */
const STATE_MS = 15_000;

/**
 * Milliseconds after which n8n's data is read once more before anything is canceled: while it recovers from
 * a crash, n8n may mark an execution as ended and then go on with it.
 */
const CONFIRM_MS = 5_000;

/** Milliseconds before n8n is asked again to go on with what it was storing. */
const RETRY_MS = 250;

function hasEnded(state: StoredState): state is HasEnded {
	return state === 'stopped' || state === 'deleted' || state === 'failed';
}

/** Ends the watcher of a node's run. The node goes on with what the watcher has seen. */
export function endWatcher(key: string): RunningWatcher | undefined {
	const watcher = runtime.watchers.get(key);
	watcher?.over.abort();
	runtime.watchers.delete(key);
	return watcher;
}

/**
 * Watches the requests of a parked execution from outside of it. Only shortens the wait: without it, n8n goes on at
 * the end of the time for which the execution is parked. Resolves when there is nothing more to do, and never rejects.
 */
export async function watchOver(execution: ParkedExecution): Promise<void> {
	const { key } = execution;
	endWatcher(key);
	const watcher = new Watcher(execution);
	runtime.watchers.set(key, watcher);
	await watcher.work();
	if (runtime.watchers.get(key) === watcher) runtime.watchers.delete(key);
}

/** Why a request that is watched is something to do for the node; `timed_out` and `unseen` may run on. */
type WatchEnd = 'succeeded' | 'failed' | 'timed_out' | 'unseen';

/**
 * Has n8n go on with a parked execution once there is something to do, and cancels its requests if it is stopped
 * before the node is back, however long n8n takes for that.
 */
class Watcher implements RunningWatcher {
	/** Aborts when there is nothing more to do. */
	readonly over = new AbortController();
	readonly seen = new Map<string, Observed>();
	/** Whether it knows where n8n takes calls. */
	wakes = false;
	/** Aborts when n8n goes on with the execution: then only a stop matters. */
	private readonly resumed = new AbortController();
	/** The requests that have ended, or that the node no longer waits for. */
	private readonly ended = new Map<string, WatchEnd>();
	private readonly awaited: readonly OpenRequest[];
	/** Whether RunComfy may take a submit by now that it has refused. */
	private mayAttempt = false;
	/** On the monotonic clock. */
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

	/** Another signal for each listener: Node.js takes eleven on the same one for a leak. */
	private whileParked(): AbortSignal {
		return AbortSignal.any([this.over.signal, this.resumed.signal]);
	}

	private async wakeWhenUseful(): Promise<void> {
		const { host, ended, execution } = this;
		const { park } = execution;
		const signal = this.whileParked();
		const address = await execution.address;
		if (!address || signal.aborted) return;
		this.wakes = true;
		await this.firstUseful();
		if (!this.isUrgent()) {
			await host.sleep(Math.max(0, this.parkedAt + refillMs() - host.monotonic()), signal);
		}
		// In the last moments before n8n's timer, only the timer resumes the execution.
		while (this.hasWork() && !signal.aborted && host.now() < park.until - 2 * TIMER_MS) {
			const isStoring = host.monotonic() - this.parkedAt < STORING_MS;
			const said = {
				secret: park.secret,
				ended: [...ended.keys()],
				seen: Object.fromEntries(this.seen),
			};
			const answer = await wake(host, address, said, signal);
			if (answer === 'resumed' || (answer === 'running' && !isStoring)) this.resumed.abort();
			if (answer === 'gone' || answer === 'redirected') return;
			await host.sleep(RETRY_MS, signal);
		}
	}

	/** Resolves once there is something to do for the node, or nothing more to be seen from here. */
	private async firstUseful(): Promise<void> {
		await new Promise<void>((resolve) => {
			const requests = this.awaited.map((request) => this.watchOne(request));
			const all = [...requests, this.nextAttempt()].map(async (moment) => {
				await moment;
				if (this.isUseful()) resolve();
			});
			void Promise.all(all).then(() => resolve());
		});
	}

	/** Resolves when RunComfy may take a submit that it has refused. */
	private async nextAttempt(): Promise<void> {
		const { host, execution } = this;
		const { attemptAt } = execution;
		if (attemptAt === undefined) return;
		const dueMs = Math.max(0, attemptAt - host.now());
		this.mayAttempt = await host.sleep(dueMs, this.whileParked()).then(
			() => true,
			() => false,
		);
	}

	private isUseful(): boolean {
		if (!this.hasWork() || this.mayAttempt || this.execution.othersWait) return this.hasWork();
		// The node may have to cancel a request whose time is over.
		return this.isUrgent() || [...this.ended.values()].includes('timed_out');
	}

	/** Whether there is anything to do for the node. */
	private hasWork(): boolean {
		return this.ended.size > 0 || this.mayAttempt;
	}

	/** Whether results can go on to the next node, rather than just further items be submitted. */
	private isUrgent(): boolean {
		const hasFailed = [...this.ended.values()].some((end) => end !== 'succeeded');
		return this.ended.size === this.awaited.length || (this.execution.stopAtFailure && hasFailed);
	}

	/** Leaves a request that cannot be checked to n8n's timer. */
	private async watchOne({ ref, receipt, baseUrl, timing }: OpenRequest): Promise<void> {
		const { execution, ended } = this;
		const { requestId } = ref;
		const pursuit = new Pursuit(clientAt(execution.client, baseUrl), receipt, {
			keep: ({ seen }) => void (seen && this.seen.set(requestId, seen)),
			cancels: () => false,
			leave: this.whileParked(),
			...timing,
		});
		try {
			await pursuit.ended();
			ended.set(requestId, 'succeeded');
		} catch (error) {
			const { code } = toRunComfyError(error, 'bad_response');
			const end = endStatus(code) ? 'failed' : WATCH_ENDS[code];
			if (end) ended.set(requestId, end);
		}
	}

	private async noticeStop(): Promise<void> {
		const { host, over, execution } = this;
		while (!over.signal.aborted) {
			await host.sleep(STATE_MS, over.signal);
			if (host.now() >= execution.park.until) this.resumed.abort();
			const state = await execution.state();
			if (state === 'elsewhere') over.abort();
			if (hasEnded(state)) await this.endIfConfirmed();
		}
	}

	/** What failed without the node is left to a retry. */
	private async endIfConfirmed(): Promise<void> {
		const { host, over, execution } = this;
		await host.sleep(CONFIRM_MS, over.signal);
		const confirmed = await execution.state();
		if (!hasEnded(confirmed) || over.signal.aborted) return;
		over.abort();
		if (confirmed !== 'failed') await this.cancelAll();
	}

	private async cancelAll(): Promise<void> {
		const { client, open, notTakenOver, onCancel } = this.execution;
		const running = open.filter(({ ref, cancelsOnStop }) => cancelsOnStop && this.mayRun(ref));
		const own = await notTakenOver(running.map(({ ref }) => ref));
		const left = running.filter(({ ref }) => own.includes(ref));
		await mapSettled(left, CANCELS_AT_ONCE, async ({ ref, baseUrl }) => {
			const { answer } = await cancelAndLook(clientAt(client, baseUrl), ref);
			onCancel(ref, answer);
		});
	}

	private mayRun({ requestId }: RequestRef): boolean {
		const end = this.ended.get(requestId);
		return end === undefined || end === 'timed_out';
	}
}

/** Errors after which the node itself would also stop waiting. */
const WATCH_ENDS: Partial<Record<string, WatchEnd>> = {
	timed_out: 'timed_out',
	not_found: 'unseen',
	forbidden: 'unseen',
};
