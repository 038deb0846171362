/**
 * `in_queue → in_progress → completed | canceled` (docs.runcomfy.com/serverless/async-queue-endpoints); a completed
 * request's result is `succeeded` or `failed`. Only the result decides: a failed run shows `completed`, too.
 */
export type RequestState = 'in_queue' | 'in_progress' | 'completed' | 'canceled' | 'unknown';

export type ResultState = Exclude<RequestState, 'completed'> | 'succeeded' | 'failed';

/** What RunComfy answers to a cancel. */
export type CancelOutcome = 'cancellation_requested' | 'not_cancellable' | 'unknown';

/** The words that RunComfy uses for the states, from v1 and v2, the status and the result endpoint, and webhooks. */
const WORDS = new Map<string, ResultState>([
	['in_queue', 'in_queue'],
	['queued', 'in_queue'],
	// The official client takes these words for the same states
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
	return WORDS.get(normalise(word)) ?? 'unknown';
}

/** Whether polling is over and the result decides. An unknown state counts as not finished. */
export function isFinished(state: RequestState): boolean {
	return state === 'completed' || state === 'canceled';
}

/** Whether a request in this state has ended. */
export function isFinalResult(state: ResultState): boolean {
	return state === 'succeeded' || state === 'failed' || state === 'canceled';
}

/**
 * Two families of answers are in use (the page on queue endpoints has the first, github.com/runcomfy-com/runcomfy-mcp the second): `status: cancellation_requested | not_cancellable`, and
 * `outcome: cancelled | not_cancellable` beside a `status` that then must not be read alone.
 */
export function cancelOutcome(answer: { status?: unknown; outcome?: unknown }): CancelOutcome {
	const verdict = normalise(answer.outcome) || normalise(answer.status);
	if (verdict.startsWith('cancel')) return 'cancellation_requested';
	return /^not_cancell?able$/.test(verdict) ? 'not_cancellable' : 'unknown';
}

function normalise(word: unknown): string {
	const text = typeof word === 'string' ? word.trim().toLowerCase() : '';
	return text.replace(/[-\s]+/g, '_');
}
