import type { IExecuteFunctions, INodeExecutionData, Logger } from 'n8n-workflow';
import type { CancelOutcome, RequestRef, Settled } from '../../../core';
import type { WaitMode } from '../parameters/options';
import type { Calls } from '../session/calls';
import { hintOnce } from '../session/hints';
import { createParking, isInterrupted, type Parking } from '../session/parking';
import { type RunSession, runTimes, type Session } from '../session/session';
import { CREDENTIAL } from '../transport/host';
import { shareHost } from '../transport/shared';
import { findAddress, resumeAddress } from './address';
import { createCalls, toldHere } from './calls';
import { explain, withExplanation } from './explain';
import { whyItStays } from './policy';
import { type Reenter, reentryOf } from './reentry';
import { parkUntil } from './times';
import { endWatcher, watchOver } from './watcher';

/** A way for the node to leave n8n's memory while it waits. */
export interface WayOut {
	/** For what runs the items. */
	means: { parking: Parking; calls: Calls };
	/** Parks the execution. What came of the items goes with it. */
	leave(
		session: RunSession,
		outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>,
	): Promise<INodeExecutionData[][]>;
}

/** Undefined where the node stays. Where the user has asked for something else, a hint says why. */
export function findWayOut(
	context: IExecuteFunctions,
	session: Session & Pick<RunSession, 'ledger'>,
	options: WaitOptions & LeaveOptions,
): WayOut | undefined {
	const { waitMode: mode, resumeByWebhook: wanted } = options;
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
		staysForBrief: !suspends,
		isOnTimer: () => found.failed,
		async ready() {
			const search = found.search();
			// What n8n does not store yet is lost with its process: no address is worth that.
			if (suspends) await Promise.race([search, session.host.sleep(PATIENCE_MS)]);
			return suspends || (await search) !== undefined;
		},
		onStay: () => hintOnce(context, session, [staying(UNREACHABLE)]),
	});
	const { client, ledger } = session;
	const calls = createCalls(context, {
		...{ client, ledger, wanted },
		staysForBrief: !suspends,
		reachable: async () => (await found.search()) !== undefined,
	});
	return {
		means: { parking, calls },
		leave: (run, outcomes) => {
			if (found.failed) hintOnce(context, session, [LATE]);
			return leave(context, run, { outcomes, options, reenter, found });
		},
	};
}

interface WaitOptions {
	waitMode: WaitMode;
	/** Whether RunComfy is to call when a request has ended. */
	resumeByWebhook: boolean;
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
	const { stopAtFailure, cancelOnFailure } = options;
	let allSubmitted = true;
	for (const [itemIndex, outcome] of outcomes.entries()) {
		if (outcome.ok || !isInterrupted(outcome.error)) ledger.keep(itemIndex, outcome);
		else if (ledger.find(itemIndex) === undefined) allSubmitted = false;
	}
	const now = client.host.now();
	// Without an address nobody looks meanwhile, and n8n's timer has to come soon.
	const told = found.failed ? undefined : toldHere(context);
	const own = context.getExecutionId();
	const waited = ledger.open();
	const open = waited.map(({ ref, submittedAt, deadline, told: by }) => ({
		...{ ref, submittedAt, deadline, told: by === own ? told : undefined },
	}));
	const until = parkUntil(now, open, { runTimes, allSubmitted });
	const park = `${ledger.runIndex}-${now}`;
	const given = resumeAddress(context)?.href;
	ledger.park({
		...{ id: park, executionId: own, at: now, stopAtFailure },
		...(given && { address: given }),
	});
	await context.putExecutionToWait(new Date(until));
	reenter();
	tellUser(context, explain(waited, runTimes), given);
	const key = keyOf(context, ledger.runIndex);
	const { logger } = context;
	const account = accountOf(context, session);
	void found.search().then((address) => {
		if (!address) return;
		const shared = shareHost(account, client.host);
		void watchOver({
			...{ key, park, address, open, stopAtFailure, until, runTimes },
			// Of several, some may have been left running when one has failed.
			cancelOnStop: options.cancelOnStop && (cancelOnFailure || open.length === 1),
			client: { ...client, host: shared.host },
			onCancel: tellCancel(logger, key),
		}).finally(shared.release);
	});
	return [[]];
}

const STORED =
	'n8n has stored this execution while RunComfy works. It takes up no worker, and outlives a restart of n8n.';

/** In the editor, while the execution waits. */
function tellUser(context: IExecuteFunctions, text: string, address = ''): void {
	context.setMetadata?.({ resumeUrl: withExplanation(address, text) });
	context.addExecutionHints({ message: STORED, location: 'outputPane' });
}

/** The node goes on: whatever looked after its requests meanwhile need not any longer. */
export function comeBack(context: IExecuteFunctions, session: Pick<RunSession, 'ledger'>): void {
	const { ledger } = session;
	const { parkedBefore, runIndex } = ledger;
	ledger.addSights(endWatcher(keyOf(context, runIndex)));
	if (!parkedBefore) return;
	const { executionId, id } = parkedBefore;
	ledger.addSights(endWatcher(keyOf(context, id.slice(0, id.indexOf('-')), executionId)));
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
	return `${id} ${client.baseUrl} ${secrets.join(' ')}`;
}

// Holds the log alone, not the execution.
function tellCancel(logger: Logger, key: string) {
	return ({ requestId, deploymentId }: RequestRef, answer: CancelOutcome | undefined) =>
		logger.warn(
			`RunComfy request ${requestId} of deployment ${deploymentId} was canceled, since its parked execution was stopped or deleted: ${answer ?? 'no answer'} (execution, node, run: ${key})`,
			{ requestId, deploymentId },
		);
}
