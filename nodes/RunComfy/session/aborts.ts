import { RunComfyError } from '../../../core';
import type { RunSession } from './session';

/* Why the node leaves its items, and what that means for their requests. */

/** Why items under way are left: the node parks, and waits for them when n8n runs it again. */
export class Parked extends Error {
	constructor() {
		super('The execution waits outside of n8n’s memory');
	}
}

/** Cancels that go out at the same time. */
export const CANCELS_AT_ONCE = 20;

/** Says that an item was not begun. */
export class NotStarted extends Error {}

/** Whether the item was not begun, or was left while it was under way: nothing came of it yet. */
export function isInterrupted(error: unknown): boolean {
	return (
		error instanceof NotStarted || (error instanceof RunComfyError && error.code === 'aborted')
	);
}

export class GaveUp extends Error {
	constructor(readonly cancels: boolean) {
		super('Another item has failed');
	}
}

/** Whether a request is to be canceled, now that the signal of its session has aborted. */
export function cancelsOnAbort(
	{ signal }: RunSession,
	{ onStop, onFailure }: { onStop: boolean; onFailure: boolean },
): boolean {
	const reason: unknown = signal?.reason;
	if (reason instanceof Parked) return false;
	return reason instanceof GaveUp ? reason.cancels && onFailure : onStop;
}
