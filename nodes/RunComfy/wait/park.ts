import { randomUUID } from 'crypto';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { messageOf, type Observed, type Settled } from '../../../core';
import { isAgentCall } from '../items/agent';
import type { NodeOptions, WaitMode } from '../parameters/options';
import { isInterrupted, Parked } from '../session/aborts';
import { isNew, requestOf } from '../session/entry';
import type { LedgerItem } from '../session/item';
import type { Ledger, OpenRequest, Park } from '../session/ledger';
import { accountKey, type RunSession, type Session } from '../session/session';
import { CLOCK, CREDENTIAL, isBlocked, UNBLOCK } from '../transport/host';
import { noteTakenOver, notTakenOver } from './pickedUp';
import { isAwaited, isOnNewEngine, putToWait, reentryOf } from './reentry';
import { findAddress } from './wake';
import { endWatcher, logCancel, readerOf, watchFromOutside } from './watcher';

/*
 * When a node parks: as soon as RunComfy has accepted all that it has begun (`WayOut`), unless one of these
 * keeps the execution in n8n's memory. Docs: *How n8n waits* in docs/long-runs.md.
 */

interface Obstacle {
	/** The Wait Modes in which the node then stays. The user reads why if another one than `auto` asked for a park. */
	stays: readonly WaitMode[];
	/** Whether the user reads it in each of them. */
	isNews?: true;
	/** What keeps the execution; undefined or false if this does not. */
	why(context: IExecuteFunctions): string | false | undefined;
}

/** Known before anything is submitted. A caller that waits for the output would get that of an unfinished execution. */
const OBSTACLES: readonly Obstacle[] = [
	{
		stays: ['auto', 'poll', 'suspend'],
		isNews: true,
		why: (context) => isOnNewEngine(context) && NEW_ENGINE,
	},
	{
		stays: ['auto', 'suspend'],
		why: (context) => isAgentCall(context) && 'an AI agent waits for what comes out',
	},
	{
		stays: ['auto', 'suspend'],
		why: (context) =>
			!PARKABLE.has(context.getMode()) && `n8n has started it in the mode "${context.getMode()}"`,
	},
	{
		// If several parts of a workflow run as one, n8n waits only for the first: see the decision on parked
		// waits. A user may know that there is one.
		stays: ['auto'],
		why: (context) => isAwaited(context) && 'another workflow waits for what comes out',
	},
	{
		stays: ['auto', 'suspend'],
		why(context) {
			const asking = waitingTrigger(context);
			return asking && `the node "${asking}" answers only when the workflow has got further`;
		},
	},
	{
		stays: ['auto', 'suspend'],
		why: (context) =>
			!reentryOf(context) && 'this version of n8n does not run a node again after a wait',
	},
];

/** Why n8n did not answer under its own address, and what to do about it. */
const REACH = {
	blocked: `Its SSRF protection blocks that address. ${UNBLOCK}`,
	silent:
		'Set the environment variable N8N_WEBHOOK_URL (before n8n 2.30: WEBHOOK_URL) to the address of n8n.',
};

/** Milliseconds before the end of an item's timeout in which the node stays: parking takes about as long. */
const SOON_MS = 5_000;

const NEW_ENGINE =
	'its new engine does not run a node again after a wait. Until then, no other step of that engine runs: for long runs, use Submit, and RunComfy Trigger for the end';

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
): WayOut | undefined {
	const { waitMode } = options;
	for (const { stays, isNews, why } of OBSTACLES) {
		const reason = stays.includes(waitMode) && why(context);
		if (!reason) continue;
		if (isNews || waitMode === 'suspend') tellStaying(context, session, reason);
		return undefined;
	}
	return waitMode === 'poll' ? undefined : new WayOut(context, session, options, renewed);
}

/** Says why the node stays, once it waits. */
function tellStaying(context: IExecuteFunctions, session: ParkSession, why: string): void {
	session.ledger.listen(({ step }) => {
		if (step !== 'waits') return;
		const isNews = session.hint([staying(why)]);
		// The new engine shows no hints (n8n 2.41).
		if (!isNews || !isOnNewEngine(context)) return;
		const where = `node "${context.getNode().name}", execution ${context.getExecutionId()}`;
		context.logger.warn(`${staying(why)} (${where})`);
	});
}

type ParkSession = Session & Pick<RunSession, 'ledger'>;

/** What came of the items before the node parks. */
interface Left {
	outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>;
	failure: object | undefined;
}

function staying(why: unknown): string {
	return `n8n holds the execution in its memory while it waits, because ${why}.`;
}

/** Milliseconds that the search for an address may take once there is something to lose. */
const PATIENCE_MS = 300;

/** Milliseconds before each further question: after a start, n8n goes on with executions before it answers calls. */
const ASK_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

const NOT_REACHED = 'cannot reach itself under the address for its webhooks';

/**
 * Decides when the node leaves n8n's memory: once RunComfy has accepted all that it has begun, or does not take it
 * for now, so that no submit and no download is broken off. Until n8n has stored the execution, the ids of its requests
 * are lost with the process: so it does not ask for their status first.
 */
class WayOut {
	/** Items under way. */
	private readonly items = new Set<LedgerItem>();
	/** Items that are begun as soon as others are done. */
	private readonly queued = new Set<LedgerItem>();
	/** Whether there is a request to be stored. */
	private hasRequest = false;
	/** Whether it would have left, had it known where n8n takes calls. */
	private wasTime = false;
	private readonly leaving = new AbortController();
	/** Aborts when the node stays for good, since no item is left or n8n has refused to store them. */
	private readonly stays = new AbortController();
	/** What makes n8n run the node again. */
	private readonly reenter: () => void;
	private searching: ReturnType<typeof findAddress> | undefined;
	/** The newest question whether n8n answers there. */
	private looking: ReturnType<typeof findAddress> | undefined;
	/** Why no address was found so far. */
	private unreachable: keyof typeof REACH | undefined;
	private isReady: Promise<boolean> | undefined;

	/** @param renewed see `parkMs` */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly session: ParkSession,
		private readonly options: NodeOptions,
		private readonly renewed: Park | undefined,
	) {
		this.reenter = reentryOf(context)!;
		session.ledger.listen((item) => this.hear(item));
	}

	/** Aborts with `Parked` once it is time. */
	get signal(): AbortSignal {
		return this.leaving.signal;
	}

	/**
	 * Parks the execution, with what came of the items so far.
	 * @returns whether n8n takes it; if not, this try goes on in n8n's memory with what is stored in the ledger
	 */
	async leave({ outcomes, failure }: Left): Promise<boolean> {
		const { context, options, session } = this;
		const { client, ledger } = session;
		if (this.unreachable) {
			const late = 'so the result may come up to two minutes late';
			session.hint([`n8n ${NOT_REACHED}, ${late}. ${REACH[this.unreachable]}`]);
		}
		for (const [itemIndex, outcome] of outcomes.entries()) {
			const isSettled = outcome.ok || !isInterrupted(outcome.error);
			if (isSettled) ledger.item(itemIndex).storeOutcome(outcome);
		}
		// After a failure that ends the node, nothing more is submitted.
		const isOver = failure !== undefined && options.stopAtFailure;
		const left = isOver
			? []
			: [...outcomes.keys()].map((index) => ledger.item(index)).filter(({ entry }) => isNew(entry));
		const attempts = left.flatMap(({ receipt }) => receipt?.refused?.until ?? []);
		const park = this.parkFor(left.length > 0);
		const open = ledger.open(options.cancelsOnStop);
		ledger.park(park);
		try {
			await putToWait(context, new Date(park.until));
		} catch (error) {
			ledger.unpark();
			this.stays.abort();
			session.hint([staying(`n8n could not store it (${messageOf(error)})`)]);
			return false;
		}
		this.reenter();
		session.hint([storedHint(open)], 'info');
		const outside = { host: client.host, read: readerOf(context) };
		const key = keyOf(context, park);
		watchFromOutside(this.search(), accountOf(context, session), outside, {
			key,
			nodeName: context.getNode().name,
			park,
			open,
			client,
			othersWait: left.length > attempts.length,
			attemptAt: attempts.length > 0 ? Math.min(...attempts) : undefined,
			stopAtFailure: options.stopAtFailure,
			notTakenOver: notTakenOver(context, park),
			onCancel: logCancel(context.logger, key),
		});
		return true;
	}

	private parkFor(othersWait: boolean): Park {
		const { context, session } = this;
		const at = session.client.host.now();
		return {
			id: `${session.ledger.runKey}-${at}`,
			secret: randomUUID(),
			at,
			until: at + parkMs(othersWait ? undefined : this.renewed),
			executionId: context.getExecutionId(),
		};
	}

	private hear(item: LedgerItem): void {
		const { items, queued, leaving } = this;
		const { step } = item;
		items.delete(item);
		queued.delete(item);
		if (step === 'queued') queued.add(item);
		else if (step !== 'done') items.add(item);
		else if (this.wasTime && item.receipt?.seen?.underWayAt) this.tell();
		if (items.size + queued.size === 0 && !leaving.signal.aborted) this.stays.abort();
		// What is needed to park is got ready during the submit.
		if (step === 'submits') void this.ready();
		if (step === 'waits') this.hasRequest ||= !isNew(item.entry);
		if (this.isTime()) void this.consider();
	}

	private async consider(): Promise<void> {
		this.wasTime = true;
		if ((await this.ready()) && this.isTime()) this.leaving.abort(new Parked());
	}

	/** Tells the user, at the end of an item, that the node stays because n8n cannot reach itself. */
	private tell(): void {
		const stays = this.options.waitMode === 'auto' && !this.leaving.signal.aborted;
		if (!stays || !this.unreachable) return;
		this.session.hint([`${staying(`it ${NOT_REACHED}`)} ${REACH[this.unreachable]}`]);
	}

	private isTime(): boolean {
		const { items, hasRequest, queued, options } = this;
		const isFull = items.size > 0 && (queued.size === 0 || items.size >= options.limit);
		return hasRequest && isFull && [...items].every((item) => item.onlyWaits(SOON_MS));
	}

	private ready(): Promise<boolean> {
		return (this.isReady ??= this.findOut());
	}

	private async findOut(): Promise<boolean> {
		const searched = this.search();
		if (this.options.waitMode === 'auto') return (await searched) !== undefined;
		// Until n8n has stored the execution, its requests are lost if the process ends. No address is worth that risk.
		await Promise.race([this.looking, this.session.host.sleep(PATIENCE_MS)]);
		return true;
	}

	/** Goes on while the execution is parked: its watcher needs the address, too. */
	private search(): ReturnType<typeof findAddress> {
		return (this.searching ??= this.askForHalfAMinute());
	}

	private async askForHalfAMinute(): ReturnType<typeof findAddress> {
		const { signal } = this.stays;
		for (const ms of ASK_AGAIN_MS) {
			this.looking = this.look();
			const address = await this.looking;
			if (address || this.unreachable === 'blocked') return address;
			await this.session.host.sleep(ms, signal).catch(() => undefined);
			if (signal.aborted) return undefined;
		}
		return this.look();
	}

	/** Never rejects. */
	private async look(): ReturnType<typeof findAddress> {
		try {
			const address = await findAddress(this.context, this.session.host);
			this.unreachable = address ? undefined : 'silent';
			return address;
		} catch (error) {
			this.unreachable = isBlocked(error) ? 'blocked' : 'silent';
			return undefined;
		}
	}
}

/** Requests named in the hint; all of them are in the stored execution. */
const MOST_NAMED = 5;

function storedHint(open: readonly OpenRequest[]): string {
	const awaited = open.filter(({ isAwaited }) => isAwaited);
	const ids = awaited.slice(0, MOST_NAMED).map(({ ref }) => ref.requestId.replace(/[^\w.-]/g, ''));
	const more = awaited.length > MOST_NAMED ? ` and ${awaited.length - MOST_NAMED} more` : '';
	const what = awaited.length === 1 ? 'request' : 'requests';
	const until =
		awaited.length === 0
			? 'until RunComfy takes its next request'
			: `while RunComfy works on ${what} ${ids.join(', ')}${more}`;
	return `n8n has stored this execution ${until}. It takes up no worker, and outlives a restart of n8n.`;
}

/** Names the watcher of a park by the execution, the node and its run. */
function keyOf(context: IExecuteFunctions, { executionId, id }: Park): string {
	return `${executionId} ${context.getNode().name} ${id.slice(0, id.indexOf('-'))}`;
}

function accountOf(context: IExecuteFunctions, { client, secrets }: Session): string {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	return accountKey(id, client.baseUrl, secrets);
}

/** What the node has to do with the watcher of its park, now that it goes on. */
export function comeBack(context: IExecuteFunctions, ledger: Ledger): ComeBack {
	const { parkedBefore: park, resumed, woken } = ledger;
	if (!park) return { renewed: undefined, told: undefined };
	const watcher = endWatcher(keyOf(context, park));
	ledger.addSeen(watcher?.seen ?? new Map<string, Observed>());
	const isRenewed = resumed && !woken && watcher?.wakes === true;
	const refs = ledger.entries().flatMap(([, entry]) => requestOf(entry) ?? []);
	// Another process may watch them. Its watcher cancels nothing of what is noted.
	const isWatchedElsewhere = !resumed || !watcher;
	return {
		renewed: isRenewed ? park : undefined,
		told: isWatchedElsewhere
			? noteTakenOver(context, CLOCK, park, resumed ? 'all' : refs)
			: undefined,
	};
}

interface ComeBack {
	/** The park that n8n's timer has ended although a watcher of this process watched its requests. */
	renewed: Park | undefined;
	/** Settles once watchers in other processes can know that the node is back. Never rejects. */
	told: Promise<void> | undefined;
}
