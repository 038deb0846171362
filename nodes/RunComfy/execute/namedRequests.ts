import { idsOf, refOf, type RequestIds, type RunComfyError } from '../../../core';
import { type Ended, type Entry, leavesRunning } from '../session/entries';

type Entries = ReadonlyArray<[itemIndex: number, entry: Entry]>;

interface Request extends RequestIds {
	item: number;
	status: string;
}

/** Requests named in a message; all of them are in its data. */
const MOST_NAMED = 20;

/**
 * The error with all that the run has submitted and created, how to get what was paid for, and which submits
 * are unclear: whoever fixes this error and runs the node again would pay for those twice.
 */
export function withRequests(
	error: RunComfyError,
	entries: Entries,
	severalItems: boolean,
	advice = adviceOn,
): RunComfyError {
	const requests = requestsOf(entries);
	const deployments = entries.flatMap(([item, { created }]) =>
		created ? [{ item, id: String(created['id']) }] : [],
	);
	const unclear = severalItems ? unclearIn(entries) : [];
	const place = (item: number) => (severalItems ? [`[item ${item}]`] : []);
	const paragraphs = [
		...(requests.length > 0
			? [
					severalItems ? 'Requests of this run:' : 'Request:',
					...lines(requests, ({ item, request_id, status }) => [
						request_id,
						...place(item),
						SEEN_UNDER_WAY[status] ?? status,
					]),
					...advice(requests, severalItems, error),
				]
			: []),
		...(unclear.length > 0
			? [
					`RunComfy may have accepted these submits. Look at the requests of the ${'model_id' in unclear[0]! ? 'model' : 'deployment'} on RunComfy before you run the items again, or you may pay twice:`,
					...lines(unclear, ({ item, ...target }) => [`[item ${item}]`, ...Object.values(target)]),
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
			...(unclear.length > 0 ? { unconfirmed: unclear } : {}),
			...(deployments.length > 0 ? { deployments } : {}),
		},
	});
}

/** States that may be over by now. */
const SEEN_UNDER_WAY: Record<string, string> = {
	in_queue: '(last seen in the queue)',
	in_progress: '(last seen in progress)',
};

function requestsOf(entries: Entries): Request[] {
	return entries.flatMap(([item, { accepted, status }]) => {
		if (!accepted) return [];
		return [{ item, ...idsOf(refOf(accepted.answer)), status }];
	});
}

/** Submits of which nobody knows whether RunComfy has accepted them. */
function unclearIn(entries: Entries) {
	return entries.flatMap(([item, { accepted, ended }]) =>
		!accepted && ended?.code === 'submit_unconfirmed' ? [{ item, ...targetOf(ended) }] : [],
	);
}

function targetOf({ modelId, deploymentId = '' }: Ended) {
	return modelId === undefined ? { deployment_id: deploymentId } : { model_id: modelId };
}

function lines<T>(all: readonly T[], words: (one: T) => string[]): string[] {
	const named = all.slice(0, MOST_NAMED).map((one) => `- ${words(one).join(' ')}`);
	const more = all.length - named.length;
	return more > 0 ? [...named, `- and ${more} more`] : named;
}

/** How to get what was paid for. */
function adviceOn(
	requests: readonly Request[],
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
