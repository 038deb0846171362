import { RunComfyError } from '../../../core';

/* Why the node stops waiting for its items, and what that means for their requests. */

/** The node has parked the execution. The node waits for its items again when n8n resumes the execution. */
export class Parked extends Error {
	constructor() {
		super('The execution waits outside of n8n’s memory');
	}
}

/** How many cancels are sent at the same time. */
export const CANCELS_AT_ONCE = 20;

/** The item was never started. */
export class NotStarted extends Error {}

/** Whether the item is not settled yet: it was not started, or the node stopped waiting for it. */
export function isInterrupted(error: unknown): boolean {
	return (
		error instanceof NotStarted || (error instanceof RunComfyError && error.code === 'aborted')
	);
}

/** Whether to cancel a request after its session's signal has aborted. */
export function cancelsOnAbort({ signal }: { signal: AbortSignal | undefined }): boolean {
	return !(signal?.reason instanceof Parked);
}
