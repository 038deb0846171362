import { randomUUID } from 'crypto';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { compact, type Observed, type Settled } from '../../../core';
import { isAgentCall } from '../items/agent';
import type { NodeOptions } from '../parameters/options';
import { isInterrupted, Parked } from '../session/aborts';
import type { LedgerItem } from '../session/item';
import type { Ledger, OpenRequest, Park } from '../session/ledger';
import { accountKey, type RunSession, type Session } from '../session/session';
import { CREDENTIAL, isBlocked, UNBLOCK } from '../transport/host';
import { isAwaited, isOnNewEngine, putToWait, reentryOf } from './reentry';
import { findAddress } from './wake';
import { logCancel, readerOf, stopWatcher, watchFromOutside } from './watcher';

/*
 * When a node parks: as soon as RunComfy has answered every submit under way (`WayOut`), unless somebody waits for the
 * output, or n8n could not bring the node back. Docs: *How n8n waits* in docs/long-runs.md.
 */

/** What the user can do if n8n cannot reach itself, by cause. */
const REACH = {
	blocked: `Its SSRF protection blocks that address. ${UNBLOCK}`,
	silent:
		'Set the environment variable N8N_WEBHOOK_URL (before n8n 2.30: WEBHOOK_URL) to the address of n8n.',
};

/** If an item's timeout is closer than this many milliseconds, the node stays in memory: parking takes about as long. */
const SOON_MS = 5_000;

const PARKABLE = new Set<string>(['error', 'integrated', 'manual', 'retry', 'trigger', 'webhook']);

/** Triggers whose callers always wait for an answer. */
const ALWAYS_ASKING = /chatTrigger$|mcpTrigger$/i;

/** Whether an earlier node answers its caller only after the workflow has gone on. */
function answersAfterwards(context: IExecuteFunctions): boolean {
	const parents = context.getParentNodes(context.getNode().name, { includeNodeParameters: true });
	return parents.some(({ name, type, disabled, parameters = {} }) => {
		if (disabled || !hasRun(context, name)) return false;
		const { responseMode, options } = parameters;
		const { responseMode: ofChat } = (options ?? {}) as Record<string, unknown>;
		return ALWAYS_ASKING.test(type) || [responseMode, ofChat].some(answersLate);
	});
}

function answersLate(responseMode: unknown): boolean {
	return responseMode !== undefined && responseMode !== 'onReceived';
}

/** Whether a node has run. If a workflow has several triggers, only one has started the execution. */
function hasRun(context: IExecuteFunctions, name: string): boolean {
	try {
		const find = context.getWorkflowDataProxy(0)['$'] as (name: string) => { isExecuted?: boolean };
		return find(name).isExecuted !== false;
	} catch {
		return true;
	}
}

/**
 * How long an execution is parked, in milliseconds. After that, n8n's timer runs the node again, in any process, so
 * this limits the delay of a result after a crash. n8n's timer is exact to the second if set 70 s or more ahead;
 * otherwise it may be up to 60 s late.
 */
const PARK_MS = 90_000;

/** The longest park in milliseconds. For each park, n8n writes the execution twice. */
const MAX_PARK_MS = 300_000;

/**
 * How long to park, in milliseconds. As long as a watcher in this process watches the requests, n8n's timer is only
 * a safety net, so each time the timer ends a park, the next park is longer.
 */
function parkMs(renewed: Park | undefined): number {
	return renewed ? Math.min(MAX_PARK_MS, 2 * (renewed.until - renewed.at)) : PARK_MS;
}

/** How this try leaves n8n's memory; undefined if it has to stay. */
export function findWayOut(
	context: IExecuteFunctions,
	session: ParkSession,
	options: NodeOptions,
	renewed: Park | undefined,
): WayOut | undefined {
	const reenter = reentryOf(context);
	const stays = options.waitMode === 'poll' || !reenter || isOnNewEngine(context);
	if (stays || isCallerWaiting(context)) return undefined;
	return new WayOut(context, session, { options, renewed, reenter });
}

/**
 * Whether somebody waits for what comes out: an AI agent, another workflow, what called a trigger, or n8n itself. They
 * would get the output of an unfinished execution. Of several calls of a workflow that wait at the same time, n8n
 * waits only for the first: see decision 0001.
 */
function isCallerWaiting(context: IExecuteFunctions): boolean {
	const isStarted = PARKABLE.has(context.getMode());
	return !isStarted || isAgentCall(context) || isAwaited(context) || answersAfterwards(context);
}

type ParkSession = Session & Pick<RunSession, 'ledger'>;

interface Given {
	options: NodeOptions;
	/** See `parkMs`. */
	renewed: Park | undefined;
	/** Makes n8n run the node again. */
	reenter: () => void;
}

/** What the items came to before the node parks. */
interface Left {
	settled: ReadonlyArray<Settled<INodeExecutionData[]>>;
}

/** Pauses in milliseconds before n8n is asked again. After a start, n8n resumes executions before it answers calls. */
const ASK_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

const NOT_REACHED =
	'n8n holds the execution in its memory while it waits, because it cannot reach itself under the address for its webhooks.';

/**
 * Decides when the node leaves n8n's memory: as soon as every item under way is only waiting, so that no submit
 * or download is interrupted. The node does not ask for a status first, because request ids are lost with the
 * process until n8n has stored the execution.
 */
class WayOut {
	/** Items under way. */
	private readonly items = new Set<LedgerItem>();
	/** Items that wait for a place. */
	private readonly queued = new Set<LedgerItem>();
	/** Whether the node would have left if n8n's address had been known. */
	private wasTime = false;
	private readonly leaving = new AbortController();
	/** Aborts when all items are done, so that no address is needed any more. */
	private readonly done = new AbortController();
	private searching: ReturnType<typeof findAddress> | undefined;
	/** Why no address has been found so far. */
	private unreachable: keyof typeof REACH | undefined;

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly session: ParkSession,
		private readonly given: Given,
	) {
		session.ledger.listen((item) => this.hear(item));
	}

	/** Aborts with `Parked` when it is time to leave. */
	get signal(): AbortSignal {
		return this.leaving.signal;
	}

	/**
	 * Parks the execution, and stores the outputs and errors so far.
	 * @returns whether n8n accepted the park. If not, this try continues in memory with those of the ledger
	 */
	async leave({ settled }: Left): Promise<boolean> {
		const { context, session } = this;
		const { client, ledger } = session;
		const address = (await this.search())!;
		for (const [itemIndex, one] of settled.entries()) {
			const isInterim = !one.ok && isInterrupted(one.error);
			if (!isInterim) ledger.item(itemIndex).storeSettled(one);
		}
		const left = [...settled.keys()]
			.map((index) => ledger.item(index))
			.filter(({ entry, mayBegin }) => entry === undefined && mayBegin);
		const open = ledger.open();
		const isRefused = left.some((item) => item.isRefused);
		const places = isRefused ? open.length : ledger.places;
		const park = { ...this.parkFor(left.length > 0), ...compact({ places }) };
		ledger.park(park);
		try {
			await putToWait(context, new Date(park.until));
		} catch {
			ledger.unpark();
			return false;
		}
		this.given.reenter();
		session.hint([storedHint(open)], 'info');
		const outside = { host: client.host, read: readerOf(context) };
		const key = watcherKey(context, park);
		watchFromOutside(watchedAccount(context, session), outside, {
			key,
			address,
			nodeName: context.getNode().name,
			park,
			open,
			client,
			othersWait: left.length > 0,
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
			until: at + parkMs(othersWait ? undefined : this.given.renewed),
			executionId: context.getExecutionId(),
		};
	}

	private hear(item: LedgerItem): void {
		const { items, queued } = this;
		const { step } = item;
		items.delete(item);
		queued.delete(item);
		if (step === 'queued') queued.add(item);
		else if (step !== 'done') items.add(item);
		else if (this.wasTime && item.receipt?.seen?.underWayAt) this.tell();
		if (items.size + queued.size === 0) this.done.abort();
		// The search for n8n's address begins while the submit is on its way.
		if (step === 'submits') void this.search();
		if (this.isTime()) void this.consider();
	}

	private async consider(): Promise<void> {
		this.wasTime = true;
		if ((await this.search()) && this.isTime()) this.leaving.abort(new Parked());
	}

	/** When an item is done, tells the user that the node stayed in memory because n8n cannot reach itself. */
	private tell(): void {
		if (this.unreachable) this.session.hint([`${NOT_REACHED} ${REACH[this.unreachable]}`]);
	}

	private isTime(): boolean {
		const items = [...this.items];
		const isFull = this.queued.size === 0 || items.length >= this.given.options.limit;
		const isOpen = items.some(({ step }) => step === 'waits');
		return isFull && isOpen && items.every((item) => item.onlyWaits(SOON_MS));
	}

	private search(): ReturnType<typeof findAddress> {
		return (this.searching ??= this.askForHalfAMinute());
	}

	private async askForHalfAMinute(): ReturnType<typeof findAddress> {
		const { signal } = this.done;
		for (const ms of ASK_AGAIN_MS) {
			const address = await this.tryAddress();
			if (address || this.unreachable === 'blocked') return address;
			await this.session.host.sleep(ms, signal).catch(() => undefined);
			if (signal.aborted) return undefined;
		}
		return this.tryAddress();
	}

	/** Searches for n8n's address once. Never rejects. */
	private async tryAddress(): ReturnType<typeof findAddress> {
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

/** How many requests the hint names. The stored execution has all of them. */
const MOST_NAMED = 5;

function storedHint(open: readonly OpenRequest[]): string {
	const awaited = open.filter(({ isAwaited }) => isAwaited);
	const ids = awaited.slice(0, MOST_NAMED).map(({ ref }) => ref.requestId.replace(/[^\w.-]/g, ''));
	const more = awaited.length > MOST_NAMED ? ` and ${awaited.length - MOST_NAMED} more` : '';
	const what = awaited.length === 1 ? 'request' : 'requests';
	return `n8n has stored this execution while RunComfy works on ${what} ${ids.join(', ')}${more}. It needs no worker, and survives a restart of n8n.`;
}

/** The key of the park's watcher: the execution, the node and its run. */
function watcherKey(context: IExecuteFunctions, { executionId, id }: Park): string {
	return `${executionId} ${context.getNode().name} ${id.slice(0, id.indexOf('-'))}`;
}

function watchedAccount(context: IExecuteFunctions, { client, secrets }: Session): string {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	return accountKey(id, client.baseUrl, secrets);
}

/**
 * Stops the watcher of the park that this try continues, and copies what the watcher has seen.
 * @returns the park, if n8n's timer ended it while a watcher in this process was at work
 */
export function comeBack(context: IExecuteFunctions, ledger: Ledger): Park | undefined {
	const { parkedBefore: park, resumed, woken } = ledger;
	const watcher = park && stopWatcher(watcherKey(context, park));
	ledger.addSeen(watcher?.seen ?? new Map<string, Observed>());
	return resumed && !woken && watcher ? park : undefined;
}
