/**
 * `in_queue → in_progress → completed | canceled` (docs.runcomfy.com/serverless/async-queue-endpoints). The result
 * of a completed request is `succeeded` or `failed`. Rely on the result only: the status of a failed run is
 * `completed`, too.
 */
export type RequestState = 'in_queue' | 'in_progress' | 'completed' | 'canceled' | 'unknown';

export type ResultState = Exclude<RequestState, 'completed'> | 'succeeded' | 'failed';

/** RunComfy's answer to a cancel. */
export type CancelStatus = 'cancellation_requested' | 'not_cancellable' | 'unknown';

/** RunComfy's words for the states, in v1 and v2, in status and result answers, and in webhooks. */
const STATES = new Map<string, ResultState>([
	['in_queue', 'in_queue'],
	['queued', 'in_queue'],
	// RunComfy's official client uses these words for the same states
	// (github.com/runcomfy-com/comfyui-runcomfy-partner-nodes).
	['pending', 'in_queue'],
	['waiting', 'in_queue'],
	['starting', 'in_progress'],
	['processing', 'in_progress'],
	['in_progress', 'in_progress'],
	// A cancel that was accepted but has not taken effect: the run may still end either way.
	['cancellation_requested', 'in_progress'],
	['completed', 'succeeded'],
	['succeeded', 'succeeded'],
	['failed', 'failed'],
	['canceled', 'canceled'],
	['cancelled', 'canceled'],
]);

export function requestState(word: unknown): RequestState {
	const state = resultState(word);
	return state === 'succeeded' || state === 'failed' ? 'completed' : state;
}

export function resultState(word: unknown): ResultState {
	return STATES.get(normalise(word)) ?? 'unknown';
}

/** Whether polling is over, so that the result decides. An unknown state counts as not finished. */
export function isFinished(state: RequestState): boolean {
	return state === 'completed' || state === 'canceled';
}

/** Whether a request in this state has ended. */
export function isFinalResult(state: ResultState): boolean {
	return state === 'succeeded' || state === 'failed' || state === 'canceled';
}

/**
 * RunComfy's answer has one of two forms: `status: cancellation_requested | not_cancellable`
 * (docs.runcomfy.com/serverless/async-queue-endpoints), or `outcome: cancelled | not_cancellable`
 * (github.com/runcomfy-com/runcomfy-mcp). The second form also has a `status`, which does not tell whether the
 * cancel was accepted.
 */
export function cancelStatus(answer: { status?: unknown; outcome?: unknown }): CancelStatus {
	const word = normalise(answer.outcome) || normalise(answer.status);
	if (word.startsWith('cancel')) return 'cancellation_requested';
	return /^not_cancell?able$/.test(word) ? 'not_cancellable' : 'unknown';
}

function normalise(word: unknown): string {
	const lower = typeof word === 'string' ? word.trim().toLowerCase() : '';
	return lower.replace(/[-\s]+/g, '_');
}
