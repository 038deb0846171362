import { CODES, type ErrorCode } from './codes';

export interface ErrorFacts {
	/** How to get unstuck; the code's own hint where absent. */
	hint?: string | undefined;
	httpStatus?: number | undefined;
	requestId?: string | undefined;
	deploymentId?: string | undefined;
	/** The code's own answer where absent. */
	retryable?: boolean | undefined;
	/** Plain data for a program: what the service said, findings, sizes. Never a token. */
	details?: Record<string, unknown> | undefined;
}

/** The one error class of the core. `message` says what happened, `hint` how to get unstuck. */
export class RunComfyError extends Error {
	override readonly name = 'RunComfyError';
	readonly code: ErrorCode;
	readonly hint: string;
	readonly retryable: boolean;
	readonly httpStatus: number | undefined;
	readonly requestId: string | undefined;
	readonly deploymentId: string | undefined;
	readonly details: Record<string, unknown> | undefined;

	constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
		super(message);
		this.code = code;
		this.hint = facts.hint ?? CODES[code].hint;
		this.retryable = facts.retryable ?? CODES[code].repeat === 'later';
		this.httpStatus = facts.httpStatus;
		this.requestId = facts.requestId;
		this.deploymentId = facts.deploymentId;
		this.details = facts.details;
	}

	/** The same error with these facts in the place of its own. */
	with(facts: ErrorFacts): RunComfyError {
		return new RunComfyError(this.code, this.message, { ...this.toJSON(), ...facts });
	}

	/** Every field as plain data; what has no value is left out when serialised. */
	toJSON() {
		return {
			code: this.code,
			message: this.message,
			hint: this.hint,
			retryable: this.retryable,
			httpStatus: this.httpStatus,
			requestId: this.requestId,
			deploymentId: this.deploymentId,
			details: this.details,
		};
	}
}

/** Any thrown value as a RunComfyError; a bug of ours keeps its message under `fallback`. */
export function toRunComfyError(thrown: unknown, fallback: ErrorCode): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	return new RunComfyError(fallback, redact(message));
}

/**
 * Takes out of a text from outside: bearer tokens, what stands behind words such as "token" and looks
 * like one (16 characters or more, a digit among them), and `secret` wherever it stands.
 */
export function redact(text: string, secret?: string): string {
	return withoutSecret(text, secret).replace(BEARER, '$1[token]').replace(NAMED, '$1[token]');
}

/** Plain data without its absent fields, `redact` applied to every text in it, names included. */
export function redactDeep(value: unknown, secret?: string): unknown {
	if (typeof value === 'string') return redact(value, secret);
	if (Array.isArray(value)) return value.map((entry) => redactDeep(entry, secret));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([, entry]) => entry !== undefined)
			.map(([name, entry]) => [redact(name, secret), redactDeep(entry, secret)]),
	);
}

/** Takes `secret`, and nothing else, out of a text. One of fewer than 4 characters is none. */
export function withoutSecret(text: string, secret: string | undefined): string {
	return secret && secret.length >= 4 ? text.replaceAll(secret, '[token]') : text;
}

const BEARER = /\b(Bearer\s+)[^\s"',;<>]+/gi;
const NAMED =
	/\b((?:token|api[ _-]?key|authorization|secret)["']?\s*[:=]?\s*["']?)(?=[^\s"']*\d)[\w.~+/-]{16,}=*/gi;
