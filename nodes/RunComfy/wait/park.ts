import { randomUUID } from 'crypto';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	IRunExecutionData,
	Logger,
} from 'n8n-workflow';
import {
	addPoll,
	cancelBestEffort,
	type CancelOutcome,
	type Client,
	clientAt,
	mapSettled,
	messageOf,
	type Observed,
	type Progress,
	type RequestRef,
	RunComfyError,
	type Settled,
	watch,
} from '../../../core';
import { isAgentCall } from '../items/agent';
import type { NodeOptions, WaitMode } from '../parameters/options';
import { type Outside, type RunningWatcher, runtime } from '../runtime';
import {
	describeRequest,
	type DoubtfulRequest,
	isNew,
	type Ledger,
	type NodeContext,
	type OpenRequest,
	type Park,
	parkedRun,
	requestOf,
} from '../session/ledger';
import {
	accountKey,
	CANCELS_AT_ONCE,
	isInterrupted,
	Parked,
	type Parking,
	type RunSession,
	type Session,
} from '../session/session';
import { CREDENTIAL } from '../transport/host';
import { noteTakenOver, notTakenOver } from './pickedUp';
import { isAwaited, isOnNewEngine, putToWait, reentryOf } from './reentry';
import { findAddress, refillMs, TIMER_MS, wake } from './wake';

/*
 * When a node parks: as soon as RunComfy has accepted all that it has begun (`WayOut`), unless one of these
 * keeps the execution in n8n's memory. Docs: *How n8n waits* in docs/long-runs.md.
 */

type Mode = Exclude<WaitMode, 'poll'>;

interface Obstacle {
	/** The Wait Modes in which the node then stays. */
	stays: readonly WaitMode[];
	/** The Wait Modes in which the user reads why: not if he would not expect anything else. */
	told: readonly WaitMode[];
	/** What keeps the execution; undefined or false if this does not. */
	why(context: IExecuteFunctions): string | false | undefined;
}

/** Known before anything is submitted. A caller that waits for the output would get that of an unfinished execution. */
const OBSTACLES: readonly Obstacle[] = [
	{
		stays: ['auto', 'poll', 'suspend'],
		told: ['auto', 'poll', 'suspend'],
		why: (context) => isOnNewEngine(context) && NEW_ENGINE,
	},
	{
		stays: ['auto', 'suspend'],
		told: ['suspend'],
		why: (context) => isAgentCall(context) && 'an AI agent waits for what comes out',
	},
	{
		stays: ['auto', 'suspend'],
		told: ['suspend'],
		why: (context) =>
			!PARKABLE.has(context.getMode()) && `n8n has started it in the mode "${context.getMode()}"`,
	},
	{
		// If several parts of a workflow run as one, n8n waits only for the first: see the decision on parked
		// waits. A user may know that there is one.
		stays: ['auto'],
		told: [],
		why: (context) => isAwaited(context) && 'another workflow waits for what comes out',
	},
	{
		stays: ['auto', 'suspend'],
		told: ['suspend'],
		why(context) {
			const asking = waitingTrigger(context);
			return asking && `the node "${asking}" answers only when the workflow has got further`;
		},
	},
	{
		stays: ['auto', 'suspend'],
		told: ['suspend'],
		why: (context) =>
			!reentryOf(context) && 'this version of n8n does not run a node again after a wait',
	},
];

/** Known once the search for the address is done, which takes until the first request is accepted. */
const UNREACHABLE: Obstacle = {
	stays: ['auto'],
	told: ['auto'],
	why: () =>
		'it cannot reach itself under the address for its webhooks. Set the environment variable WEBHOOK_URL to the address of n8n',
};

/** Milliseconds before the end of an item's timeout in which the node stays: parking takes about as long. */
const SOON_MS = 5_000;

const NEW_ENGINE =
	'its new engine does not run a node again after a wait. Until then, no other step of that engine runs: for long runs, use Submit, and RunComfy Trigger for the end';

/** What keeps the execution in n8n's memory, if anything does. */
function obstacleTo(context: IExecuteFunctions, mode: WaitMode) {
	for (const { stays, told, why } of OBSTACLES) {
		const reason = stays.includes(mode) && why(context);
		if (reason) return { reason, isTold: told.includes(mode) };
	}
	return undefined;
}

const PARKABLE = new Set<string>(['error', 'integrated', 'manual', 'retry', 'trigger', 'webhook']);

/** The caller of one of these waits for an answer, whatever its parameters say. */
const ALWAYS_ASKING = /chatTrigger$|mcpTrigger$/i;

/** The trigger, or another node before this one, that answers a call later than at once. */
function waitingTrigger(context: IExecuteFunctions): string | undefined {
	const parents = context.getParentNodes(context.getNode().name, { includeNodeParameters: true });
	return parents.find(({ name, type, disabled, parameters = {} }) => {
		if (disabled || !hasRun(context, name)) return false;
		const { responseMode, options } = parameters;
		const { responseMode: ofChat } = (options ?? {}) as Record<string, unknown>;
		return ALWAYS_ASKING.test(type) || [responseMode, ofChat].some(isLate);
	})?.name;
}

function isLate(responseMode: unknown): boolean {
	return responseMode !== undefined && responseMode !== 'onReceived';
}

/** Finds which trigger of the workflow has started the execution. */
function hasRun(context: IExecuteFunctions, name: string): boolean {
	try {
		const find = context.getWorkflowDataProxy(0)['$'] as (name: string) => { isExecuted?: boolean };
		return find(name).isExecuted !== false;
	} catch {
		return true;
	}
}

/**
 * Milliseconds for which an execution is parked. When they have passed, n8n runs the node again by itself, even if
 * the process that parked it has ended: so they limit how late a result may be after a crash. n8n is exact to the
 * second for times 70 s or more ahead, and up to 60 s late for shorter ones.
 */
const PARK_MS = 90_000;

/** The longest park. Each one costs n8n two writes of the execution. */
const MAX_PARK_MS = 300_000;

/**
 * Milliseconds for which to park, given the park before it if n8n's timer has ended that one while a watcher of this
 * process watched the requests: then the timer is a safety net only, and need not come as often.
 */
function parkMs(renewed: Park | undefined): number {
	return renewed ? Math.min(MAX_PARK_MS, 2 * (renewed.until - renewed.at)) : PARK_MS;
}

/** A way for the node to leave n8n's memory while it waits, or to say why it stays there. */
export function findWayOut(
	context: IExecuteFunctions,
	session: ParkSession,
	options: NodeOptions,
	renewed: Park | undefined,
): Parking | undefined {
	const { waitMode } = options;
	const obstacle = obstacleTo(context, waitMode);
	if (obstacle) return obstacle.isTold ? stay(context, session, obstacle.reason) : undefined;
	if (waitMode === 'poll') return undefined;
	return new WayOut(context, session, { ...options, waitMode }, renewed);
}

/** Stays, and says why once the node waits. */
function stay(context: IExecuteFunctions, session: Session, why: string): Parking {
	const nothing = () => undefined;
	const tell = () => {
		const isNews = session.hint([staying(why)]);
		// The new engine shows no hints (n8n 2.41).
		if (isNews && isOnNewEngine(context)) context.logger.warn(staying(why));
	};
	return {
		signal: new AbortController().signal,
		prepare: nothing,
		begin: nothing,
		refused: nothing,
		accepted: tell,
		polled: tell,
		end: nothing,
		leave: async () => false,
	};
}

type ParkSession = Session & Pick<RunSession, 'ledger'>;

function staying(why: unknown): string {
	return `n8n holds the execution in its memory while it waits, because ${why}.`;
}

/** Milliseconds that the search for an address may take once there is something to lose. */
const PATIENCE_MS = 300;

const LATE =
	'n8n cannot reach itself under the address for its webhooks, so the result may come up to two minutes late. Set the environment variable WEBHOOK_URL to the address of n8n.';

/**
 * Decides when the node leaves n8n's memory: once RunComfy has accepted all that it has begun, or does not take it
 * for now, so that no submit and no download is broken off. Until n8n has stored the execution, the ids of its requests
 * are lost with the process: so it does not ask for their status first.
 */
class WayOut implements Parking {
	/** Items under way: whether each only waits. */
	private readonly onlyWaits = new Map<number, boolean>();
	/** Whether there is a request to be stored. */
	private hasRequest = false;
	private readonly leaving = new AbortController();
	/** What makes n8n run the node again. */
	private readonly reenter: () => void;
	private searching: ReturnType<typeof findAddress> | undefined;
	/** Whether no address was found. */
	private unreachable = false;
	private isReady: Promise<boolean> | undefined;

	/** @param renewed see `parkMs` */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly session: ParkSession,
		private readonly options: NodeOptions & { waitMode: Mode },
		private readonly renewed: Park | undefined,
	) {
		this.reenter = reentryOf(context)!;
	}

	get signal(): AbortSignal {
		return this.leaving.signal;
	}

	prepare(): void {
		void this.ready();
	}

	begin(itemIndex: number): void {
		this.onlyWaits.set(itemIndex, false);
	}

	refused(itemIndex: number): void {
		this.onlyWaits.set(itemIndex, true);
		void this.consider();
	}

	accepted(itemIndex: number, leftMs: number): void {
		this.hasRequest = true;
		this.onlyWaits.set(itemIndex, leftMs >= SOON_MS);
		void this.consider();
	}

	polled(itemIndex: number, { status }: Progress, leftMs: number): void {
		const isUnderWay = status === 'in_queue' || status === 'in_progress';
		this.hasRequest = true;
		this.onlyWaits.set(itemIndex, isUnderWay && leftMs >= SOON_MS);
		void this.consider([staying(UNREACHABLE.why(this.context))]);
	}

	end(itemIndex: number): void {
		this.onlyWaits.delete(itemIndex);
	}

	/** What came of the items goes with the parked execution. */
	async leave(outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>): Promise<boolean> {
		const { context, options, session } = this;
		const { client, ledger } = session;
		if (this.unreachable) session.hint([LATE]);
		const left: number[] = [];
		for (const [itemIndex, outcome] of outcomes.entries()) {
			if (outcome.ok || !isInterrupted(outcome.error)) ledger.storeOutcome(itemIndex, outcome);
			else if (isNew(ledger.find(itemIndex))) left.push(itemIndex);
		}
		const attempts = left.flatMap((itemIndex) => ledger.refusalOf(itemIndex)?.until ?? []);
		const at = client.host.now();
		const park: Park = {
			id: `${ledger.runKey}-${at}`,
			secret: randomUUID(),
			at,
			until: at + parkMs(left.length === 0 ? this.renewed : undefined),
			executionId: context.getExecutionId(),
		};
		const open = ledger.open(options.cancelsOnStop);
		ledger.park(park);
		try {
			await putToWait(context, new Date(park.until));
		} catch (error) {
			ledger.unpark();
			session.hint([staying(`n8n could not store it (${messageOf(error)})`)]);
			return false;
		}
		this.reenter();
		session.hint([storedHint(open)], 'info');
		const outside = { host: client.host, read: readerOf(context) };
		const key = keyOf(context, ledger.runKey);
		watchFromOutside(this.search(), accountOf(context, session), outside, {
			key,
			nodeName: context.getNode().name,
			park,
			open,
			client,
			othersWait: left.length > attempts.length,
			attemptAt: attempts.length > 0 ? Math.min(...attempts) : undefined,
			stopAtFailure: options.stopAtFailure,
			doubtful: ledger.doubtful(options.cancelsOnStop),
			notTakenOver: notTakenOver(context, park),
			onCancel: logCancel(context.logger, key),
		});
		return true;
	}

	/** @param ifItStays what the user reads in that case */
	private async consider(ifItStays: readonly string[] = []): Promise<void> {
		if (!this.isTime()) return;
		if (!(await this.ready())) this.session.hint(ifItStays);
		else if (this.isTime()) this.leaving.abort(new Parked());
	}

	private isTime(): boolean {
		const { onlyWaits, hasRequest } = this;
		return hasRequest && onlyWaits.size > 0 && [...onlyWaits.values()].every(Boolean);
	}

	private ready(): Promise<boolean> {
		return (this.isReady ??= this.findOut());
	}

	private async findOut(): Promise<boolean> {
		const searched = this.search();
		if (UNREACHABLE.stays.includes(this.options.waitMode)) return (await searched) !== undefined;
		// Until n8n has stored the execution, its requests are lost if the process ends. No address is worth that risk.
		await Promise.race([searched, this.session.host.sleep(PATIENCE_MS)]);
		return true;
	}

	private search(): ReturnType<typeof findAddress> {
		return (this.searching ??= findAddress(this.context, this.session.host)
			.catch(() => undefined)
			.then((address) => {
				this.unreachable = address === undefined;
				return address;
			}));
	}
}

/** Requests named in the hint; all of them are in the stored execution. */
const MOST_NAMED = 5;

function storedHint(open: readonly OpenRequest[]): string {
	const ids = open.slice(0, MOST_NAMED).map(({ ref }) => ref.requestId.replace(/[^\w.-]/g, ''));
	const more = open.length > MOST_NAMED ? ` and ${open.length - MOST_NAMED} more` : '';
	const what = open.length === 1 ? 'request' : 'requests';
	return `n8n has stored this execution while RunComfy works on ${what} ${ids.join(', ')}${more}. It takes up no worker, and outlives a restart of n8n.`;
}

function keyOf(context: IExecuteFunctions, runKey: string, executionId = context.getExecutionId()) {
	return `${executionId} ${context.getNode().name} ${runKey}`;
}

function accountOf(context: IExecuteFunctions, { client, secrets }: Session): string {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	return accountKey(id, client.baseUrl, secrets);
}

/** The node goes on: the watcher of its requests is no longer needed. */
export function comeBack(context: IExecuteFunctions, ledger: Ledger): ComeBack {
	const { parkedBefore, runKey, resumed, woken } = ledger;
	const keys = [keyOf(context, runKey)];
	if (parkedBefore) {
		const { executionId, id } = parkedBefore;
		keys.push(keyOf(context, id.slice(0, id.indexOf('-')), executionId));
	}
	const watchers = keys.flatMap((key) => runtime.watchers.get(key) ?? []);
	for (const key of keys) {
		const seen = endWatcher(key);
		if (!woken) ledger.addSeen(seen);
	}
	const renewed = resumed && !woken && watchers.some(({ wakes }) => wakes);
	return {
		renewed: renewed ? parkedBefore : undefined,
		isWatchedElsewhere: parkedBefore !== undefined && (!resumed || watchers.length === 0),
	};
}

interface ComeBack {
	/** The park that n8n's timer has ended although a watcher of this process watched its requests. */
	renewed: Park | undefined;
	/** Whether another process may watch the requests. */
	isWatchedElsewhere: boolean;
}

/** Tells a watcher in another process that the node is back: it cancels nothing more. Never throws. */
export async function tellWatchers(
	context: IExecuteFunctions,
	{ ledger, host }: Pick<RunSession, 'ledger' | 'host'>,
	{ isWatchedElsewhere }: ComeBack,
): Promise<void> {
	const { parkedBefore, resumed } = ledger;
	if (!isWatchedElsewhere || !parkedBefore) return;
	const refs = ledger.entries().flatMap(([, entry]) => requestOf(entry) ?? []);
	await noteTakenOver(context, host, parkedBefore, resumed ? 'all' : refs);
}

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
	/** Requests that the node does not wait for, and that a stop of the execution cancels all the same. */
	doubtful: readonly DoubtfulRequest[];
	client: Client;
	/** The requests among these that no try of the node in another process looks after. */
	notTakenOver(refs: readonly RequestRef[]): Promise<readonly RequestRef[]>;
	onCancel(ref: RequestRef, answer: CancelOutcome | undefined): void;
}

/**
 * Watches a parked execution from here on; without an address where n8n takes calls for it, only whether it is
 * stopped. Its watcher must hold nothing of the run of the node, such as the client's own host: that would keep all of its items in memory.
 */
function watchFromOutside(
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
	void searched.then((address) => watchOver({ ...execution, address })).finally(release);
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
	const host = () => shared.current.host;
	return {
		outside: {
			host: {
				request: (request) => host().request(request),
				sleep: (ms, signal) => host().sleep(ms, signal),
				now: () => host().now(),
				monotonic: () => host().monotonic(),
				toBase64: (bytes) => host().toBase64(bytes),
				get secrets() {
					return host().secrets;
				},
			},
			read: (executionId) => shared.current.read(executionId),
		},
		release() {
			shared.users -= 1;
			if (shared.users === 0) outsides.delete(account);
		},
	};
}

// A function of its own: a closure in a longer function would keep everything that the others there use.
function readerOf(context: IExecuteFunctions): Outside['read'] {
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
function logCancel(logger: Logger, key: string): Watched['onCancel'] {
	return (ref, answer = 'unknown') =>
		logger.warn(
			`${describeRequest(ref)} ${whatCameOf(answer)}. Its parked execution was stopped or deleted (execution, node, run: ${key})`,
			{ ...ref, cancel: answer },
		);
}

function whatCameOf(cancel: CancelOutcome): string {
	switch (cancel) {
		case 'cancellation_requested':
			return 'was to be canceled, and RunComfy has accepted that';
		case 'not_cancellable':
			return 'could not be canceled: it had ended, or it runs on and is billed, since RunComfy cancels it only while it is queued. Check its status';
		case 'unknown':
			return 'may run on and be billed: RunComfy did not confirm its cancel';
	}
}

export interface ParkedExecution extends Omit<Watched, 'nodeName'> {
	/** Where n8n takes calls for it. */
	address: URL | undefined;
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

/** Ends the watcher of a node's run. The node goes on with what the watcher has seen, by request id. */
export function endWatcher(key: string): ReadonlyMap<string, Observed> {
	const { watchers } = runtime;
	const watcher = watchers.get(key);
	watcher?.over.abort();
	watchers.delete(key);
	return watcher?.seen ?? new Map<string, Observed>();
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
	/** Aborts when n8n goes on with the execution: then only a stop matters. */
	private readonly resumed = new AbortController();
	/** The requests that have ended, or that the node no longer waits for. */
	private readonly ended = new Map<string, WatchEnd>();
	/** Whether RunComfy may take a submit by now that it has refused. */
	private mayAttempt = false;
	/** On the monotonic clock. */
	private readonly parkedAt: number;

	constructor(private readonly execution: ParkedExecution) {
		this.parkedAt = this.host.monotonic();
	}

	private get host() {
		return this.execution.client.host;
	}

	get wakes(): boolean {
		return this.execution.address !== undefined;
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
		const { address, park } = execution;
		const signal = this.whileParked();
		if (!address) return;
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
			const requests = this.execution.open.map((request) => this.watchOne(request));
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
		const { execution, ended } = this;
		return this.mayAttempt || (ended.size > 0 && (execution.othersWait || this.isUrgent()));
	}

	/** Whether there is anything to do for the node. */
	private hasWork(): boolean {
		return this.ended.size > 0 || this.mayAttempt;
	}

	/** Whether results can go on to the next node, rather than just further items be submitted. */
	private isUrgent(): boolean {
		const { open, stopAtFailure } = this.execution;
		const hasFailed = [...this.ended.values()].some((end) => end !== 'succeeded');
		return this.ended.size === open.length || (stopAtFailure && hasFailed);
	}

	/** Leaves a request that cannot be checked to n8n's timer. */
	private async watchOne({
		ref,
		baseUrl,
		submittedAt,
		deadline,
		seen,
	}: OpenRequest): Promise<void> {
		const { host, execution, ended } = this;
		const { requestId } = ref;
		const onProgress = ({ status }: Progress) => {
			this.seen.set(requestId, addPoll(this.seen.get(requestId), status, host.now()));
		};
		try {
			const { result } = await watch(clientAt(execution.client, baseUrl), ref, {
				submittedAt,
				seen,
				onProgress,
				signal: this.whileParked(),
				deadline: deadline && host.monotonic() + deadline - host.now(),
			});
			ended.set(requestId, result.status === 'succeeded' ? 'succeeded' : 'failed');
		} catch (error) {
			const end = error instanceof RunComfyError ? WATCH_ENDS[error.code] : undefined;
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
		const { client, open, doubtful, notTakenOver, onCancel } = this.execution;
		const running = open.filter(({ ref, cancelsOnStop }) => cancelsOnStop && this.mayRun(ref));
		const all = [...running, ...doubtful];
		const own = await notTakenOver(all.map(({ ref }) => ref));
		const addresses = new Map(all.map(({ ref, baseUrl }) => [ref.requestId, baseUrl]));
		await mapSettled(own, CANCELS_AT_ONCE, async (ref) => {
			const at = clientAt(client, addresses.get(ref.requestId));
			onCancel(ref, await cancelBestEffort(at, ref));
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
