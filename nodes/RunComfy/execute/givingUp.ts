import { cancelBestEffort, mapSettled, RunComfyError } from '../../../core';
import { canceledWith, type Entry, leavesRunning, refOf } from '../session/entries';
import type { RunSession } from '../session/session';

export interface Failure {
	itemIndex: number;
	error: unknown;
}

/** Cancels on their way at the same time. */
const CANCELS_AT_ONCE = 20;

/** Milliseconds after which no further cancel is sent: n8n waits for them. */
const CANCELS_MS = 5_000;

/** Requests named in a message; all of them are in its data. */
const MOST_NAMED = 20;

/**
 * Ends this try of the node for the failure of one item. After the last try, what the node has
 * submitted is canceled, where `cancels` is set, unless it has ended or was left running on purpose. After a stop,
 * another option has decided on that already.
 * @returns the error for the user, which names every request: they were paid for.
 */
export async function giveUp(
	{ error }: Failure,
	session: RunSession,
	{ cancels, severalItems }: { cancels: boolean; severalItems: boolean },
): Promise<unknown> {
	const { ledger } = session;
	const stopped = session.signal?.aborted === true;
	if (cancels && !stopped && !ledger.triesLeft && !leavesRunning(error)) await cancelRest(session);
	const entries = ledger.entries();
	ledger.close(ledger.triesLeft ? 'retry' : 'failed');
	return error instanceof RunComfyError ? withRequests(error, entries, severalItems) : error;
}

/** Cancels what was submitted and has not ended. Never throws. */
export async function cancelRest({ client, ledger }: RunSession): Promise<void> {
	const until = client.host.monotonic() + CANCELS_MS;
	await mapSettled(ledger.entries(), CANCELS_AT_ONCE, async ([itemIndex, entry]) => {
		const { accepted } = entry;
		if (!accepted || !isUnderWay(entry) || client.host.monotonic() > until) return;
		ledger.fail(itemIndex, canceledWith(await cancelBestEffort(client, refOf(accepted))));
	});
}

function isUnderWay({ status, ended, leftRunning }: Entry): boolean {
	return !ended && !leftRunning && UNDER_WAY.has(status);
}

const UNDER_WAY = new Set(['in_queue', 'in_progress', 'unknown']);

function withRequests(
	error: RunComfyError,
	entries: Array<[itemIndex: number, entry: Entry]>,
	severalItems: boolean,
): RunComfyError {
	const requests = entries.flatMap(([item, { accepted, status }]) => {
		if (!accepted) return [];
		const { request_id, deployment_id } = accepted.answer;
		return [{ item, request_id, deployment_id, status }];
	});
	const deployments = entries.flatMap(([item, { created }]) =>
		created ? [{ item, id: String(created['id']) }] : [],
	);
	const place = (item: number) => (severalItems ? [`[item ${item}]`] : []);
	const paragraphs = [
		...(requests.length > 0
			? [
					severalItems ? 'Requests of this run:' : 'Request:',
					...lines(requests, ({ item, request_id, status }) => [
						request_id,
						...place(item),
						status,
					]),
					...adviceOn(requests, severalItems, error),
				]
			: []),
		...(deployments.length > 0
			? ['Deployments created:', ...lines(deployments, ({ item, id }) => [id, ...place(item)])]
			: []),
	];
	if (paragraphs.length === 0) return error;
	return error.with({
		hint: [error.hint, ...paragraphs].join('\n'),
		details: {
			...error.details,
			...(requests.length > 0 ? { requests } : {}),
			...(deployments.length > 0 ? { deployments } : {}),
		},
	});
}

function lines<T>(all: readonly T[], words: (one: T) => string[]): string[] {
	const named = all.slice(0, MOST_NAMED).map((one) => `- ${words(one).join(' ')}`);
	const more = all.length - named.length;
	return more > 0 ? [...named, `- and ${more} more`] : named;
}

/** How to get what was paid for. */
function adviceOn(
	requests: ReadonlyArray<{ status: string }>,
	severalItems: boolean,
	error: RunComfyError,
): string[] {
	if (!severalItems) return leavesRunning(error) ? ['Get Result fetches what it gives.'] : [];
	if (!requests.some(({ status }) => status === 'succeeded')) {
		return ['Get Result fetches what they gave.'];
	}
	return [
		'Those that succeeded are not lost, and are not paid for again: Executions > Retry takes them up, and Get Result fetches each by its ID.',
		'To have them come out at once, set On Error to Continue in the settings of the node.',
	];
}
