import { CODES, type ErrorCode } from './codes';
import { redact } from './redact';
import { messageOf } from './texts';

export interface ErrorFacts {
	/** How to get unstuck; the code's own hint if absent. */
	hint?: string | undefined;
	httpStatus?: number | undefined;
	requestId?: string | undefined;
	deploymentId?: string | undefined;
	/** Of a request that is not one of a deployment, such as `model`. */
	service?: string | undefined;
	modelId?: string | undefined;
	/** The code's own answer if absent. */
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
	readonly service: string | undefined;
	readonly modelId: string | undefined;
	readonly details: Record<string, unknown> | undefined;

	constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
		super(message);
		this.code = code;
		this.hint = facts.hint ?? CODES[code].hint;
		this.retryable = facts.retryable ?? CODES[code].repeat === 'later';
		this.httpStatus = facts.httpStatus;
		this.requestId = facts.requestId;
		this.deploymentId = facts.deploymentId;
		this.service = facts.service;
		this.modelId = facts.modelId;
		this.details = facts.details;
	}

	/** The same error with these facts in place of its own. */
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
			service: this.service,
			modelId: this.modelId,
			details: this.details,
		};
	}
}

/** Any thrown value as a RunComfyError; a bug of ours keeps its message under `fallback`. */
export function toRunComfyError(thrown: unknown, fallback: ErrorCode): RunComfyError {
	if (thrown instanceof RunComfyError) return thrown;
	return new RunComfyError(fallback, redact(messageOf(thrown)));
}
