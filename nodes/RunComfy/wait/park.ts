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
import { hintOnce } from '../session/hints';
import {
	describeRequest,
	type NodeContext,
	type OpenRequest,
	type Parked,
	parkedRun,
	requestOf,
} from '../session/ledger';
import { createParking, isInterrupted } from '../session/parking';
import { accountKey, type RunSession, type Session } from '../session/session';
import { CREDENTIAL } from '../transport/host';
import { shareOutside } from '../transport/shared';
import { findAddress } from './address';
import { parkMs, whyItStays } from './policy';
import { reentryOf } from './reentry';
import { noteOf, takeUp } from './takenUp';
import { endWatcher, type StoredState, STORING_MS, watchOver } from './watcher';

/** A way for the node to leave n8n's memory while it waits. If it stays although the user wants it to, a hint says why. */
export function findWayOut(
	context: IExecuteFunctions,
	session: Session,
	options: LeaveOptions & { waitMode: WaitMode },
	renewed: Parked | undefined,
) {
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
	let unreachable = false;
	let searching: ReturnType<typeof findAddress> | undefined;
	const search = async () => {
		searching ??= findAddress(context, session.host).catch(() => undefined);
		const address = await searching;
		unreachable = address === undefined;
		return address;
	};
	const parking = createParking({
		async ready() {
			const searched = search();
			// What n8n does not store yet is lost with its process: no address is worth that.
			if (suspends) await Promise.race([searched, session.host.sleep(PATIENCE_MS)]);
			return suspends || (await searched) !== undefined;
		},
		onStay: () => hintOnce(context, session, [staying(UNREACHABLE)]),
	});
	return {
		parking,
		/** Parks the execution. What came of the items goes with it. */
		leave(run: RunSession, outcomes: Leaving['outcomes']) {
			if (unreachable) hintOnce(context, session, [LATE]);
			return leave(context, run, { outcomes, options, renewed, reenter, search });
		},
	};
}

/** Milliseconds for which an address is looked for once there is something to lose. */
const PATIENCE_MS = 300;

const UNREACHABLE =
	'it cannot reach itself under the address for its webhooks. Set the environment variable WEBHOOK_URL to the address of n8n';

const LATE =
	'n8n cannot reach itself under the address for its webhooks, so the result may come up to two minutes late. Set the environment variable WEBHOOK_URL to the address of n8n.';

function staying(why: string): string {
	return `n8n holds the execution in its memory while it waits, because ${why}.`;
}

/** What becomes of the requests when one fails, or the execution is stopped: see `batchOptions`. */
interface LeaveOptions {
	stopAtFailure: boolean;
	cancelOnFailure: boolean;
	cancelOnStop: boolean;
}

interface Leaving {
	outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>;
	options: LeaveOptions;
	/** See `parkMs`. */
	renewed: Parked | undefined;
	reenter: () => void;
	search(): ReturnType<typeof findAddress>;
}

async function leave(
	context: IExecuteFunctions,
	session: RunSession,
	{ outcomes, options, renewed, reenter, search }: Leaving,
): Promise<INodeExecutionData[][]> {
	const { client, ledger } = session;
	const { stopAtFailure, cancelOnFailure } = options;
	let allSubmitted = true;
	for (const [itemIndex, outcome] of outcomes.entries()) {
		if (outcome.ok || !isInterrupted(outcome.error)) ledger.storeOutcome(itemIndex, outcome);
		else if (ledger.find(itemIndex) === undefined) allSubmitted = false;
	}
	const now = client.host.now();
	const open = ledger.open();
	const until = now + parkMs(allSubmitted ? renewed : undefined);
	const secret = randomUUID();
	const executionId = context.getExecutionId();
	const parked = { id: `${ledger.runIndex}-${now}`, secret, at: now, until, executionId };
	ledger.park(parked);
	await context.putExecutionToWait(new Date(until));
	reenter();
	context.addExecutionHints({ message: storedHint(open), location: 'outputPane' });
	const key = keyOf(context, ledger.runIndex);
	const account = accountOf(context, session);
	const watched = {
		key,
		open,
		stopAtFailure,
		until,
		secret,
		othersWait: !allSubmitted,
		// Of several, some may have been left running when one has failed.
		cancelOnStop: options.cancelOnStop && (cancelOnFailure || open.length === 1),
		notTakenUp: noteOf(context),
		onCancel: tellCancel(context.logger, key),
	};
	const { name } = context.getNode();
	const read = (id: string) => context.getExecutionDataById(id);
	const { outside, release } = shareOutside(account, { host: client.host, read });
	void search()
		.then(async (address) => {
			if (!address) return;
			const state = () => stateOf(parked, name, outside);
			await watchOver({ ...watched, address, state, client: { ...client, host: outside.host } });
		})
		.finally(release);
	return [[]];
}

/** Requests named in the hint; all of them are in the stored execution. */
const MOST_NAMED = 5;

function storedHint(open: readonly OpenRequest[]): string {
	const ids = open.slice(0, MOST_NAMED).map(({ ref }) => ref.requestId.replace(/[^\w.-]/g, ''));
	const more = open.length > MOST_NAMED ? ` and ${open.length - MOST_NAMED} more` : '';
	const what = open.length === 1 ? 'request' : 'requests';
	return `n8n has stored this execution while RunComfy works on ${what} ${ids.join(', ')}${more}. It takes up no worker, and outlives a restart of n8n.`;
}

/** What n8n stores as the error of an execution that somebody stopped (2.8 to 2.41). */
const STOPPED = 'The execution was cancelled manually';

async function stateOf(
	{ executionId, id, at }: Parked,
	node: string,
	{ host, read }: Outside,
): Promise<StoredState> {
	let data: IRunExecutionData | undefined;
	try {
		data = await read(executionId);
	} catch {
		return 'unknown';
	}
	const { error } = data?.resultData ?? {};
	if (error?.message === STOPPED) return 'canceled';
	if (!data || error) return 'ended';
	const kept = data.executionData?.contextData[`node:${node}`] as NodeContext | undefined;
	if (parkedRun(kept ?? {})?.parked.id === id) return 'parked';
	return host.now() - at < STORING_MS ? 'unknown' : 'elsewhere';
}

/**
 * The node goes on: whatever looked after its requests until now need not any longer.
 * @returns the park that n8n's timer has ended although a watcher of this process looked after it
 */
export async function comeBack(
	context: IExecuteFunctions,
	{ ledger, host }: Pick<RunSession, 'ledger' | 'host'>,
): Promise<Parked | undefined> {
	const { parkedBefore, runIndex, resumed, woken } = ledger;
	const keys = [keyOf(context, runIndex)];
	if (parkedBefore) {
		const { executionId, id } = parkedBefore;
		keys.push(keyOf(context, id.slice(0, id.indexOf('-')), executionId));
	}
	const watched = keys.some((key) => runtime.watchers.has(key));
	for (const key of keys) {
		const sights = endWatcher(key);
		if (!woken) ledger.addSeen(sights);
	}
	if (resumed) return woken || !watched ? undefined : parkedBefore;
	if (!parkedBefore) return undefined;
	const refs = ledger.entries().flatMap(([, entry]) => requestOf(entry) ?? []);
	await takeUp(context, host, refs);
	return undefined;
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
	return (ref: RequestRef, answer: CancelOutcome = 'unknown') =>
		logger.warn(
			`${describeRequest(ref)} ${whatCameOf(answer, ref)}. Its parked execution was stopped or deleted (execution, node, run: ${key})`,
			{ ...ref, cancel: answer },
		);
}

function whatCameOf(cancel: CancelOutcome, { service }: RequestRef): string {
	switch (cancel) {
		case 'cancellation_requested':
			return 'was canceled';
		case 'not_cancellable':
			return service === 'model'
				? 'could not be canceled: it runs on and is billed'
				: 'had ended before it could be canceled';
		case 'unknown':
			return 'may run on and be billed: RunComfy did not confirm its cancel';
	}
}
