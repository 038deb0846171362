import { randomUUID } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Observed } from '../../../core';
import { isAgentCall } from '../items/agent';
import type { NodeOptions } from '../parameters/options';
import type { SettledItem } from '../session/entry';
import type { Ledger, Park } from '../session/ledger';
import { accountKey, type RunSession } from '../session/session';
import { CREDENTIAL, isBlocked, UNBLOCK } from '../transport/host';
import { isAwaited, isOnNewEngine, putToWait, reentryOf } from './reentry';
import { findAddress } from './wake';
import { logCancel, type OpenRequest, readerOf, stopWatcher, watchFromOutside } from './watcher';

/*
 * How a node parks, unless somebody waits for the output, or n8n could not bring the node back. Docs: *How n8n waits* in
 * docs/long-runs.md. When: `mayPark` in execute/loop.ts.
 */

/** What the user can do if n8n cannot reach itself, by cause. */
const REACH = {
	blocked: `Its SSRF protection blocks that address. ${UNBLOCK}`,
	silent:
		'Set the environment variable N8N_WEBHOOK_URL (before n8n 2.30: WEBHOOK_URL) to the address of n8n.',
};

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
	session: RunSession,
	{ waitMode }: Pick<NodeOptions, 'waitMode'>,
	renewed: Park | undefined,
): WayOut | undefined {
	const reenter = reentryOf(context);
	const stays = waitMode === 'poll' || !reenter || isOnNewEngine(context);
	if (stays || isCallerWaiting(context)) return undefined;
	return new WayOut(context, session, renewed, reenter);
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

/** What the items have come to when the node parks. */
interface Left {
	settled: ReadonlyMap<number, SettledItem>;
	open: readonly OpenRequest[];
	/** Whether items wait for a place. */
	othersWait: boolean;
}

/** Pauses in milliseconds before n8n is asked again. After a start, n8n resumes executions before it answers calls. */
const ASK_AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

const NOT_REACHED =
	'n8n holds the execution in its memory while it waits, because it cannot reach itself under the address for its webhooks.';

/** Finds out whether n8n can be reached at its own address, and parks the execution. */
export class WayOut {
	/** Called when n8n's address has been found. */
	onReachable = () => undefined as void;
	private address: URL | undefined;
	/** Why no address has been found so far. */
	private unreachable: keyof typeof REACH | undefined;
	private isSearching = false;
	/** Whether the node has stayed in memory for a request under way only because no address was known. */
	private hasStayed = false;
	/** Aborts when the try is over, so that no address is needed any more. */
	private readonly over = new AbortController();

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly session: RunSession,
		/** See `parkMs`. */
		private readonly renewed: Park | undefined,
		/** Makes n8n run the node again. */
		private readonly reenter: () => void,
	) {}

	/** Searches for n8n's address for half a minute, once. */
	search(): void {
		if (this.isSearching) return;
		this.isSearching = true;
		void this.askForHalfAMinute();
	}

	/**
	 * Whether the node can be woken.
	 * @param isLong whether the run takes long enough to tell the user why the node stays in memory
	 */
	isReachable(isLong: boolean): boolean {
		this.search();
		if (!this.address && isLong) this.hasStayed = true;
		return this.address !== undefined;
	}

	/** Call this at the end of the try. */
	close(): void {
		this.over.abort();
		if (!this.hasStayed || this.address || !this.unreachable) return;
		this.session.hint([`${NOT_REACHED} ${REACH[this.unreachable]}`]);
	}

	/**
	 * Parks the execution, and stores the outputs and errors so far. Nothing is asked of RunComfy before, because request
	 * ids are lost with the process until n8n has stored the execution.
	 * @returns whether n8n accepted the park
	 */
	async leave({ settled, open, othersWait }: Left): Promise<boolean> {
		const { context, session } = this;
		const { client, ledger } = session;
		const park = this.parkFor(othersWait);
		ledger.park(park, settled);
		try {
			await putToWait(context, new Date(park.until));
		} catch {
			ledger.unpark();
			return false;
		}
		this.reenter();
		session.hint([storedHint(open)], 'info');
		const key = watcherKey(context, park);
		watchFromOutside(
			watchedAccount(context, session),
			{ host: client.host, read: readerOf(context) },
			{
				key,
				address: this.address!,
				nodeName: context.getNode().name,
				park,
				open,
				client,
				othersWait,
				onCancel: logCancel(context.logger, key),
			},
		);
		return true;
	}

	private parkFor(othersWait: boolean): Park {
		const { context, session } = this;
		const at = session.host.now();
		return {
			id: `${session.ledger.runKey}-${at}`,
			secret: randomUUID(),
			at,
			until: at + parkMs(othersWait ? undefined : this.renewed),
			executionId: context.getExecutionId(),
		};
	}

	private async askForHalfAMinute(): Promise<void> {
		const { signal } = this.over;
		for (const ms of [...ASK_AGAIN_MS, 0]) {
			await this.ask();
			if (this.address) return this.onReachable();
			if (this.unreachable === 'blocked') return;
			await this.session.host.sleep(ms, signal).catch(() => undefined);
			if (signal.aborted) return;
		}
	}

	private async ask(): Promise<void> {
		try {
			this.address = await findAddress(this.context, this.session.host);
			this.unreachable = 'silent';
		} catch (error) {
			this.unreachable = isBlocked(error) ? 'blocked' : 'silent';
		}
	}
}

/** How many requests the hint names. The stored execution has all of them. */
const MOST_NAMED = 5;

function storedHint(open: readonly OpenRequest[]): string {
	const awaited = open.filter(({ isAwaited }) => isAwaited);
	const ids = awaited
		.slice(0, MOST_NAMED)
		.map(({ receipt }) => String(receipt.ids.requestId).replace(/[^\w.-]/g, ''));
	const more = awaited.length > MOST_NAMED ? ` and ${awaited.length - MOST_NAMED} more` : '';
	const what = awaited.length === 1 ? 'request' : 'requests';
	return `n8n has stored this execution while RunComfy works on ${what} ${ids.join(', ')}${more}. It needs no worker, and survives a restart of n8n.`;
}

/** The key of the park's watcher: the execution, the node and its run. */
function watcherKey(context: IExecuteFunctions, { executionId, id }: Park): string {
	return `${executionId} ${context.getNode().name} ${id.slice(0, id.indexOf('-'))}`;
}

function watchedAccount(context: IExecuteFunctions, { client, secrets }: RunSession): string {
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
