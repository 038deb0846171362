import {
	redact,
	type Secrets,
	stringifyJson,
	toRunComfyError,
	withoutFullStop,
} from '../../core/index.js';

export { invalidInput, messageOf } from '../../core/index.js';

/**
 * What `done` gets, and a Catch node as `msg.error`: Node-RED passes on only what an error's `toString` gives,
 * and the own properties `code`, `stack` and `cause`.
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
		// The debug sidebar of Node-RED 5 shows a cause as text. It stays plain data: this name is not enumerable.
		Object.defineProperty(cause, 'toString', { value: () => stringifyJson(cause) });
	}

	/** A sentence, for the debug sidebar and the log. */
	override toString(): string {
		return `${this.message} (${this.code})`;
	}
}

/** What the system calls a failure, such as `ENOENT`. */
export function codeOf(error: unknown): unknown {
	return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Any thrown value as an error for `done`, without the account's secrets wherever they may stand. */
export function toNodeError(thrown: unknown, secrets?: Secrets): NodeError {
	if (thrown instanceof NodeError) return thrown;
	const error = toRunComfyError(thrown, 'invalid_input');
	const { code, message, ...facts } = error.toJSON();
	// The debug sidebar shows the text only: it must also say how to get unstuck.
	const text = `${withoutFullStop(message)}. ${error.hint}`;
	const cause = redact(facts, secrets) as Record<string, unknown>;
	return new NodeError(code, redact(text, secrets), cause);
}
