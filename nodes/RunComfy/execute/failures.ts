import { clientAt, mapSettled, RunComfyError } from '../../../core';
import type { NodeOptions } from '../parameters/options';
import { CANCELS_AT_ONCE, GaveUp, NotStarted } from '../session/aborts';
import { endsRequest, leavesRunning } from '../session/entry';
import type { LedgerItem } from '../session/item';
import type { Ledger } from '../session/ledger';
import type { RunSession } from '../session/session';

/**
 * The failures of a try, and their effect on other items. If a failure stops the node, no more items are started, and
 * the node stops waiting for the rest, whose results would never be output. The node still waits for the rest after
 * a temporary failure, such as a timeout or a 429, and after a refusal before anything was submitted for the item.
 */
export class Failures {
	/** The earliest failure. */
	first: { item: LedgerItem; error: unknown } | undefined;
	private readonly gaveUp = new AbortController();

	constructor(
		private readonly ledger: Ledger,
		private readonly options: NodeOptions,
	) {}

	/** Aborts when the node stops waiting for the other items. */
	get signal(): AbortSignal {
		return this.gaveUp.signal;
	}

	/** Whether to cancel the requests of the other items. */
	get cancels(): boolean {
		const reason: unknown = this.signal.reason;
		return reason instanceof GaveUp && reason.cancels;
	}

	/** @param kind `refused` if this try did not run the item */
	add(item: LedgerItem, error: unknown, kind: 'failed' | 'refused'): void {
		this.first ??= { item, error };
		const { stopAtFailure, cancelOnFailure } = this.options;
		if (!stopAtFailure || spares(item, error, kind)) return;
		const cancels = cancelOnFailure && !this.ledger.triesLeft && !leavesRunning(error);
		this.gaveUp.abort(new GaveUp(cancels));
	}

	/** @throws NotStarted if no more items may be submitted */
	refuseNew(): void {
		if (this.first && this.options.stopAtFailure) throw new NotStarted();
	}
}

function spares({ receipt }: LedgerItem, error: unknown, kind: 'failed' | 'refused'): boolean {
	// A refusal may also report the end of a run that an earlier try has paid for. Such a refusal counts as a failure.
	if (kind === 'refused') return !receipt?.end;
	return error instanceof RunComfyError && error.retryable && !endsRequest(error);
}

/** Milliseconds after which no more cancels are sent, because n8n waits for them. */
const CANCELS_MS = 5_000;

/** Cancels requests that are still running and that nobody waits for. Never throws. */
export async function cancelRest(
	{ client, ledger }: RunSession,
	isToCancel: (item: LedgerItem) => boolean,
): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CANCELS_AT_ONCE, async ([index, { baseUrl }]) => {
		const item = ledger.item(index);
		const isInTime = client.host.monotonic() < until;
		if (item.isUnderWay && isToCancel(item) && isInTime)
			await item.cancel(clientAt(client, baseUrl));
	});
}
