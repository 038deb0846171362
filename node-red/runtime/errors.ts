import { compact, type Secrets, stringifyJson, toRunComfyError, withoutFullStop } from '../../core';

export { invalidInput, messageOf } from '../../core';

/**
 * The error passed to `done`, and to a Catch node as `msg.error`: Node-RED keeps only `toString()` and the own
 * properties `code`, `stack` and `cause`.
 */
export class NodeError extends Error {
	override readonly name = 'RunComfyError';

	constructor(
		/** The core's stable code. */
		readonly code: string,
		text: string,
		/** Plain data: hint, retryable, httpStatus, requestId, deploymentId, details. */
		override readonly cause: Readonly<Record<string, unknown>>,
	) {
		super(text);
		// Lets the debug sidebar of Node-RED 5 show the cause as text. Not enumerable, so that the cause stays plain
		// data.
		Object.defineProperty(cause, 'toString', { value: () => stringifyJson(cause) });
	}

	/** One sentence for the debug sidebar and the log. */
	override toString(): string {
		return `${this.message} (${this.code})`;
	}
}

/** A system error's code, such as `ENOENT`. */
export function codeOf(error: unknown): unknown {
	return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Converts any thrown value to an error for `done`, with the account's secrets redacted. */
export function toNodeError(thrown: unknown, secrets?: Secrets): NodeError {
	if (thrown instanceof NodeError) return thrown;
	const error = toRunComfyError(thrown, 'invalid_input').redacted(secrets);
	const { code, message, ...facts } = error.toJSON();
	// The debug sidebar shows only this text, so the hint must be part of it.
	return new NodeError(code, `${withoutFullStop(message)}. ${error.hint}`, compact(facts));
}
