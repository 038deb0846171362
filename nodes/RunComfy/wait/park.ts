import type { IExecuteFunctions, INodeExecutionData, Logger } from 'n8n-workflow';
import type { CancelOutcome, RequestRef, Settled } from '../../../core';
import type { WaitMode } from '../parameters/options';
import type { Calls } from '../session/calls';
import { hintOnce } from '../session/hints';
import { createParking, isInterrupted, type Parking } from '../session/parking';
import { type RunSession, runTimes, type Session } from '../session/session';
import { CREDENTIAL } from '../transport/host';
import { shareHost } from '../transport/shared';
import { findAddress } from './address';
import { createCalls, toldHere } from './calls';
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
	let found: Promise<URL | undefined> | undefined;
	const address = () => (found ??= findAddress(context, session.host));
	const reachable = async () => (await address()) !== undefined;
	const parking = createParking(async () => {
		if (await reachable()) return true;
		hintOnce(context, session, [mode === 'suspend' ? LATE : staying(UNREACHABLE)]);
		return mode === 'suspend';
	});
	const { client, ledger } = session;
	return {
		means: { parking, calls: createCalls(context, { client, ledger, wanted, reachable }) },
		leave: async (run, outcomes) =>
			leave(context, run, { outcomes, options, reenter, address: await found }),
	};
}

interface WaitOptions {
	waitMode: WaitMode;
	/** Whether RunComfy is to call when a request has ended. */
	resumeByWebhook: boolean;
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
	address: URL | undefined;
}

async function leave(
	context: IExecuteFunctions,
	session: RunSession,
	{ outcomes, options, reenter, address }: Leaving,
): Promise<INodeExecutionData[][]> {
	const { client, ledger } = session;
	const { stopAtFailure, cancelOnFailure } = options;
	let allSubmitted = true;
	for (const [itemIndex, outcome] of outcomes.entries()) {
		if (outcome.ok || !isInterrupted(outcome.error)) ledger.keep(itemIndex, outcome);
		else if (ledger.find(itemIndex) === undefined) allSubmitted = false;
	}
	const now = client.host.now();
	const told = address && toldHere(context);
	const own = context.getExecutionId();
	const open = ledger.open().map((one) => ({ ...one, told: one.told === own ? told : undefined }));
	const until = parkUntil(now, open, { runTimes, allSubmitted });
	const park = `${ledger.runIndex}-${now}`;
	ledger.park({
		...{ id: park, executionId: own, at: now, stopAtFailure },
		...(address && { address: address.href }),
	});
	await context.putExecutionToWait(new Date(until));
	reenter();
	const key = keyOf(context, session);
	if (address) {
		const shared = shareHost(accountOf(context, session), client.host);
		void watchOver({
			...{ key, park, address, open, stopAtFailure, until, runTimes },
			// Of several, some may have been left running when one has failed.
			cancelOnStop: options.cancelOnStop && (cancelOnFailure || open.length === 1),
			client: { ...client, host: shared.host },
			onCancel: tellCancel(context.logger, key),
		}).finally(shared.release);
	}
	return [[]];
}

/** The node goes on: whatever looked after its requests meanwhile need not any longer. */
export function comeBack(context: IExecuteFunctions, session: Pick<RunSession, 'ledger'>): void {
	session.ledger.addSights(endWatcher(keyOf(context, session)));
}

function keyOf(context: IExecuteFunctions, { ledger }: Pick<RunSession, 'ledger'>): string {
	return `${context.getExecutionId()} ${context.getNode().name} ${ledger.runIndex}`;
}

function accountOf(context: IExecuteFunctions, { client, token }: Session): string {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	return `${id} ${client.baseUrl} ${token}`;
}

// Holds the log alone, not the execution.
function tellCancel(logger: Logger, key: string) {
	return ({ requestId, deploymentId }: RequestRef, answer: CancelOutcome | undefined) =>
		logger.warn(
			`RunComfy request ${requestId} of deployment ${deploymentId} was canceled, since its parked execution was stopped or deleted: ${answer ?? 'no answer'} (execution, node, run: ${key})`,
			{ requestId, deploymentId },
		);
}
