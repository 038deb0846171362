import { cancelBestEffort, mapSettled, RunComfyError } from '../../../core';
import { canceledWith, paidRequestOf } from '../session/ledger';
import type { RunSession } from '../session/session';
import { withRequests } from './namedRequests';

const CANCELS_AT_ONCE = 20;

/** Milliseconds after which no further cancel is sent: n8n waits for them. */
const CANCELS_MS = 5_000;

/**
 * Ends this try of the node because one item failed. If `cancels` is set, it cancels what the node has submitted,
 * unless that has ended or was left running on purpose. After a stop, another option has decided that already.
 * @returns the error for the user, which names every request: they were paid for.
 */
export async function giveUp(
	error: unknown,
	session: RunSession,
	{ cancels, severalItems }: { cancels: boolean; severalItems: boolean },
): Promise<unknown> {
	const { ledger } = session;
	const stopped = session.signal?.aborted === true;
	if (cancels && !stopped) await cancelRest(session);
	const entries = ledger.entries();
	ledger.close(ledger.triesLeft ? 'retry' : 'failed');
	return error instanceof RunComfyError ? withRequests(error, entries, severalItems) : error;
}

/** Cancels every submitted request that has not ended. Never throws. */
export async function cancelRest({ client, ledger }: RunSession): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CANCELS_AT_ONCE, async ([itemIndex, entry]) => {
		const { status, receipt, leftRunning } = entry;
		const isUnderWay = !receipt?.end && !leftRunning && UNDER_WAY.has(status);
		const ref = paidRequestOf(entry);
		if (!ref || !isUnderWay || client.host.monotonic() >= until) return;
		ledger.fail(itemIndex, canceledWith(await cancelBestEffort(client, ref), ref));
	});
}

const UNDER_WAY = new Set(['in_queue', 'in_progress', 'unknown']);
