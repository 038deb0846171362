import { type Host, requestOutcome, RunComfyError } from '../../../core/index.js';

/** Milliseconds for an answer that is late, at most: as long as one call may take. */
const LATE_MS = 120_000;

/** Waits for the answer to a submit that was stopped, as long as it may still come. */
export async function waitForLate(
	host: Pick<Host, 'sleep'>,
	answer: Promise<unknown>,
): Promise<void> {
	const over = new AbortController();
	await Promise.race([answer, host.sleep(LATE_MS, over.signal)]).finally(() => over.abort());
}

/** Whether a submit was stopped, and its answer may still come. */
export function isAnswerLate(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).answerDue === true;
}

/** Whether a submit that failed may have made a request. */
export function isUnknown(error: unknown): boolean {
	return error instanceof RunComfyError && requestOutcome(error).request === 'unknown';
}

/** Whether a submit that failed may have made a request, and no later answer can tell. */
export function isFinal(error: unknown): boolean {
	return isUnknown(error) && !isAnswerLate(error);
}
