import {
	clientAt,
	mapSettled,
	RunComfyError,
	type Target,
	targetId,
	traitsOf,
} from '../../../core';
import type { NodeOptions } from '../parameters/options';
import { CANCELS_AT_ONCE, GaveUp, NotStarted } from '../session/aborts';
import { endsRequest, leavesRunning } from '../session/entry';
import type { LedgerItem } from '../session/item';
import type { Ledger } from '../session/ledger';
import type { RunSession } from '../session/session';

/**
 * The failures of a try, and what they mean for its other items. If one ends the node, no new item is started, and
 * the node stops waiting for the others, whose results would never come out. It still waits for them after a
 * temporary failure such as a timeout or a 429, and after an item was refused before anything was submitted.
 */
export class Failures {
	/** The failure that came first. */
	first: { item: LedgerItem; error: unknown } | undefined;
	/** The first refusal for lack of money, by who takes no further submit. */
	private readonly broke = new Map<string, { item: LedgerItem; error: RunComfyError }>();
	private readonly gaveUp = new AbortController();

	constructor(
		private readonly ledger: Ledger,
		private readonly options: NodeOptions,
	) {}

	/** Aborts when the node no longer waits for the other items. */
	get signal(): AbortSignal {
		return this.gaveUp.signal;
	}

	/** Whether the requests of the other items are to be canceled. */
	get cancels(): boolean {
		const reason: unknown = this.signal.reason;
		return reason instanceof GaveUp && reason.cancels;
	}

	/** @param kind `refused` if the item was not carried out in this try */
	add(item: LedgerItem, error: unknown, kind: 'failed' | 'refused'): void {
		this.first ??= { item, error };
		this.noteBroke(item, error);
		const { stopAtFailure, cancelOnFailure } = this.options;
		if (!stopAtFailure || spares(item, error, kind)) return;
		const cancels = cancelOnFailure && !this.ledger.triesLeft && !leavesRunning(error);
		this.gaveUp.abort(new GaveUp(cancels));
	}

	/** @throws NotStarted if nothing more is to be submitted */
	refuseNew(): void {
		if (this.first && this.options.stopAtFailure) throw new NotStarted();
	}

	/** @throws RunComfyError if RunComfy would refuse a submit to this target, too, because the balance is used up */
	refuseTo(target: Target): void {
		const broke = this.broke.get(purseOf(target));
		if (broke) throw notSubmitted(broke, target);
	}

	private noteBroke(item: LedgerItem, error: unknown): void {
		if (!(error instanceof RunComfyError) || error.code !== 'insufficient_funds') return;
		const purse = purseOf(error);
		if (!this.broke.has(purse)) this.broke.set(purse, { item, error });
	}
}

function spares({ receipt }: LedgerItem, error: unknown, kind: 'failed' | 'refused'): boolean {
	// A refusal spares the others only if the item does not have the end of a run that an earlier try has paid for.
	if (kind === 'refused') return !receipt?.end;
	return error instanceof RunComfyError && error.retryable && !endsRequest(error);
}

/**
 * What an empty balance closes: RunComfy disables the deployment that was to run, and takes no further run of any
 * model.
 */
function purseOf(of: Partial<RunComfyError | Target>): string {
	const { service, unpaid } = traitsOf(of);
	return unpaid === 'service' ? service : `${service} ${targetId(of)}`;
}

function notSubmitted(
	{ item: { index }, error }: { item: LedgerItem; error: RunComfyError },
	target: Target,
): RunComfyError {
	return new RunComfyError(
		'insufficient_funds',
		`Not submitted: the balance was used up at item ${index}`,
		{ ...target, hint: error.hint, details: { reason: 'not_submitted', item: index } },
	);
}

/** Milliseconds after which no further cancel is sent, because n8n waits for the cancels. */
const CANCELS_MS = 5_000;

/** Cancels the requests of this try for which nobody waits any more. Never throws. */
export async function cancelRest(
	{ client, ledger }: RunSession,
	isToCancel: (item: LedgerItem) => boolean,
): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CANCELS_AT_ONCE, async ([index, { baseUrl }]) => {
		const item = ledger.item(index);
		if (!isToCancel(item) || client.host.monotonic() >= until) return;
		await item.cancel(clientAt(client, baseUrl));
	});
}
