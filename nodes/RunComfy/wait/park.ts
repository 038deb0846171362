import { randomUUID } from 'crypto';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	IRunExecutionData,
	Logger,
} from 'n8n-workflow';
import type { CancelOutcome, RequestRef, Settled } from '../../../core';
import type { WaitMode } from '../parameters/options';
import { type Outside, runtime } from '../runtime';
import type { OpenRequest } from '../session/entries';
import { describeRequest, type NodeContext, parkedRun, requestOf } from '../session/entries';
import { hintOnce } from '../session/hints';
import { createParking, isInterrupted, type Parking } from '../session/parking';
import { accountKey, type RunSession, type Session } from '../session/session';
import { CREDENTIAL } from '../transport/host';
import { shareOutside } from '../transport/shared';
import { findAddress } from './address';
import { parkUntil, whyItStays } from './policy';
import { type Reenter, reentryOf } from './reentry';
import { noteOf, takeUp } from './takenUp';
import { endWatcher, type StoredState, STORING_MS, watchOver } from './watcher';

/** A way for the node to leave n8n's memory while it waits. */
export interface WayOut {
	/** For what runs the items. */
	parking: Parking;
	/** Parks the execution. What came of the items goes with it. */
	leave(
		session: RunSession,
		outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>,
	): Promise<INodeExecutionData[][]>;
}

/** Undefined if the node stays. If the user has asked for something else, a hint says why. */
export function findWayOut(
	context: IExecuteFunctions,
	session: Session,
	options: LeaveOptions & { waitMode: WaitMode },
): WayOut | undefined {
	const { waitMode: mode } = options;
	if (mode === 'poll') return undefined;
	const reason = whyItStays(context, mode);
	const reenter = reason === undefined ? reentryOf(context) : undefined;
	if (!reenter) {
		const why = reason ?? 'this version of n8n does not run a node again after a wait';
		if (mode === 'suspend') hintOnce(context, session, [staying(why)]);
		return undefined;
	}
	const suspends = mode === 'suspend';
	const found = findLater(() => findAddress(context, session.host));
	const parking = createParking({
		isOnTimer: () => found.failed,
		async ready() {
			const search = found.search();
			// What n8n does not store yet is lost with its process: no address is worth that.
			if (suspends) await Promise.race([search, session.host.sleep(PATIENCE_MS)]);
			return suspends || (await search) !== undefined;
		},
		onStay: () => hintOnce(context, session, [staying(UNREACHABLE)]),
	});
	return {
		parking,
		leave: (run, outcomes) => {
			if (found.failed) hintOnce(context, session, [LATE]);
			return leave(context, run, { outcomes, options, reenter, found });
		},
	};
}

/** Milliseconds for which an address is looked for once there is something to lose. */
const PATIENCE_MS = 300;

interface Search<T> {
	failed: boolean;
	search(): Promise<T | undefined>;
}

/** A search that is begun when it is first asked for. */
function findLater<T>(find: () => Promise<T | undefined>): Search<T> {
	let searching: Promise<T | undefined> | undefined;
	const later = {
		failed: false,
		search() {
			searching ??= find()
				.catch(() => undefined)
				.then((found) => {
					later.failed = found === undefined;
					return found;
				});
			return searching;
		},
	};
	return later;
}

const UNREACHABLE =
	'it cannot reach itself under the address for its webhooks. Set the environment variable WEBHOOK_URL to the address of n8n';

const LATE =
	'n8n cannot reach itself under the address for its webhooks, so the result may come up to two minutes late. Set the environment variable WEBHOOK_URL to the address of n8n.';

function staying(why: string): string {
	return `n8n holds the execution in its memory while it waits, because ${why}.`;
}

/** What becomes of the requests when one fails, or the execution is stopped: see `BatchOptions`. */
interface LeaveOptions {
	stopAtFailure: boolean;
	cancelOnFailure: boolean;
	cancelOnStop: boolean;
}

interface Leaving {
	outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>;
	options: LeaveOptions;
	reenter: Reenter;
	found: Search<URL>;
}

async function leave(
	context: IExecuteFunctions,
	session: RunSession,
	{ outcomes, options, reenter, found }: Leaving,
): Promise<INodeExecutionData[][]> {
	const { client, ledger } = session;
	const { runTimes } = runtime;
	const { stopAtFailure, cancelOnFailure } = options;
	let allSubmitted = true;
	for (const [itemIndex, outcome] of outcomes.entries()) {
		if (outcome.ok || !isInterrupted(outcome.error)) ledger.keep(itemIndex, outcome);
		else if (ledger.find(itemIndex) === undefined) allSubmitted = false;
	}
	const now = client.host.now();
	const open = ledger.open();
	const until = parkUntil(now, open, { runTimes, allSubmitted });
	const parked = { id: `${ledger.runIndex}-${now}`, secret: randomUUID(), at: now, until };
	const executionId = context.getExecutionId();
	ledger.park({ ...parked, executionId });
	await context.putExecutionToWait(new Date(until));
	reenter();
	context.addExecutionHints({ message: storedHint(open), location: 'outputPane' });
	const key = keyOf(context, ledger.runIndex);
	const account = accountOf(context, session);
	const watched = {
		...{ key, open, stopAtFailure, until, runTimes, secret: parked.secret },
		othersWait: !allSubmitted,
		// Of several, some may have been left running when one has failed.
		cancelOnStop: options.cancelOnStop && (cancelOnFailure || open.length === 1),
		notTakenUp: noteOf(context),
		onCancel: tellCancel(context.logger, key),
	};
	const stored = { executionId, node: context.getNode().name, park: parked };
	const read = (id: string) => context.getExecutionDataById(id);
	const { outside, release } = shareOutside(account, { host: client.host, read });
	void found
		.search()
		.then(async (address) => {
			if (!address) return;
			const state = () => stateOf(stored, outside);
			await watchOver({ ...watched, address, state, client: { ...client, host: outside.host } });
		})
		.finally(release);
	return [[]];
}

/** Requests named in the hint; all of them are in the stored execution. */
const MOST_NAMED = 5;

/** In the editor, while the execution waits. */
function storedHint(open: readonly OpenRequest[]): string {
	const ids = open.slice(0, MOST_NAMED).map(({ ref }) => ref.requestId.replace(/[^\w.-]/g, ''));
	const more = open.length > MOST_NAMED ? ` and ${open.length - MOST_NAMED} more` : '';
	const what = open.length === 1 ? 'request' : 'requests';
	return `n8n has stored this execution while RunComfy works on ${what} ${ids.join(', ')}${more}. It takes up no worker, and outlives a restart of n8n.`;
}

interface StoredPark {
	executionId: string;
	node: string;
	park: { id: string; at: number };
}

async function stateOf(
	{ executionId, node, park }: StoredPark,
	{ host, read }: Outside,
): Promise<StoredState> {
	let data: IRunExecutionData | undefined;
	try {
		data = await read(executionId);
	} catch {
		return 'unknown';
	}
	if (!data || data.resultData.error) return 'stopped';
	const kept = data.executionData?.contextData[`node:${node}`] as NodeContext | undefined;
	if (parkedRun(kept ?? {})?.parked.id === park.id) return 'parked';
	return host.now() - park.at < STORING_MS ? 'unknown' : 'elsewhere';
}

/** The node goes on: whatever looked after its requests until now need not any longer. */
export async function comeBack(
	context: IExecuteFunctions,
	{ ledger, host }: Pick<RunSession, 'ledger' | 'host'>,
): Promise<void> {
	const { parkedBefore, runIndex, resumed } = ledger;
	const keys = [keyOf(context, runIndex)];
	if (parkedBefore) {
		const { executionId, id } = parkedBefore;
		keys.push(keyOf(context, id.slice(0, id.indexOf('-')), executionId));
	}
	for (const key of keys) {
		const sights = endWatcher(key);
		if (!ledger.woken) ledger.addSights(sights);
	}
	if (!parkedBefore || resumed) return;
	const refs = ledger.entries().flatMap(([, entry]) => requestOf(entry) ?? []);
	await takeUp(context, host, refs);
}

function keyOf(
	context: IExecuteFunctions,
	runIndex: string,
	executionId = context.getExecutionId(),
) {
	return `${executionId} ${context.getNode().name} ${runIndex}`;
}

function accountOf(context: IExecuteFunctions, { client, secrets }: Session): string {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	return accountKey(id, client.baseUrl, secrets);
}

// Holds the log alone, not the execution.
function tellCancel(logger: Logger, key: string) {
	return (ref: RequestRef, answer: CancelOutcome | undefined) =>
		logger.warn(
			`${describeRequest(ref)} was canceled, since its parked execution was stopped or deleted: ${answer ?? 'no answer'} (execution, node, run: ${key})`,
			{ ...ref },
		);
}
