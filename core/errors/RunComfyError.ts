import { type Ids, idsIn } from '../target';
import { shorten } from '../text';
import { CODES, type ErrorCode, type ErrorReason } from './codes';
import { redact, type Secrets } from './redact';

/** Plain data for programs: RunComfy's answer, findings, sizes. Never a token. */
interface ErrorDetails {
	/** One of the code's `reasons` (`codes.ts`). */
	reason?: ErrorReason;
	[name: string]: unknown;
}

export interface ErrorFacts extends Ids {
	/** How to get unstuck. Defaults to the code's hint. */
	hint?: string | undefined;
	httpStatus?: number | undefined;
	/** Defaults to the value for the code. */
	retryable?: boolean | undefined;
	details?: ErrorDetails | undefined;
}

/** The core's only error class. `message` says what happened, `hint` how to get unstuck. */
export class RunComfyError extends Error implements Ids {
	override readonly name = 'RunComfyError';
	readonly code: ErrorCode;
	readonly hint: string;
	readonly retryable: boolean;
	readonly httpStatus: number | undefined;
	readonly requestId: string | undefined;
	readonly deploymentId: string | undefined;
	readonly modelId: string | undefined;
	readonly details: ErrorDetails | undefined;

	constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
		super(message);
		this.code = code;
		this.hint = facts.hint ?? CODES[code].hint;
		this.retryable = facts.retryable ?? CODES[code].repeat === 'later';
		this.httpStatus = facts.httpStatus;
		Object.assign(this, idsIn(facts));
		this.details = facts.details;
	}

	/** A copy in which these facts replace the error's own. */
	with(facts: ErrorFacts): RunComfyError {
		return new RunComfyError(this.code, this.message, { ...this.toJSON(), ...facts });
	}

	/**
	 * A copy without these secrets. Hosts call this for every error that they show, since it may be made of what a user
	 * typed, such as a token in the field of an id.
	 */
	redacted(secrets: Secrets | undefined): RunComfyError {
		const { code, message, ...facts } = redact(this.toJSON(), secrets);
		return new RunComfyError(code, message, facts);
	}

	/** All fields as plain data. JSON omits the undefined ones. */
	toJSON() {
		return {
			code: this.code,
			message: this.message,
			hint: this.hint,
			retryable: this.retryable,
			httpStatus: this.httpStatus,
			...idsIn(this),
			details: this.details,
		};
	}
}

/** An error about a value that the user gave. */
export function invalidInput(message: string, hint: string): RunComfyError {
	return new RunComfyError('invalid_input', message, { hint });
}

/** Converts any thrown value to a RunComfyError. Other errors keep their message, under the code `fallback`. */
export function toRunComfyError(thrown: unknown, fallback: ErrorCode): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	return new RunComfyError(fallback, messageOf(thrown));
}

/** The message of anything thrown. Libraries also throw plain objects. */
export function messageOf(thrown: unknown): string {
	const { message } = Object(thrown) as { message?: unknown };
	if (typeof message === 'string') return message;
	if (typeof thrown !== 'object' || thrown === null) return String(thrown);
	return thrown instanceof Error ? thrown.name : 'an object without a message';
}

/** A sentence for a hint that shows the unusable value. */
export function currentValueHint(value: unknown): string {
	return `Current value: ${shorten(valueAsJson(value), 100)}.`;
}

function valueAsJson(value: unknown): string {
	// JSON turns NaN into null, and cannot write a bigint.
	if (typeof value === 'number' || typeof value === 'bigint') return String(value);
	try {
		return String(JSON.stringify(value));
	} catch {
		return 'an object that cannot be written as JSON';
	}
}
