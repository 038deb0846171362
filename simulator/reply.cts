import type { Readable } from 'node:stream';
import { toJson } from './json.cjs';

/** An HTTP answer before it is sent. */
export interface Reply {
	status: number;
	headers: Record<string, string>;
	body: string | Buffer | Readable;
}

export interface ErrorDetail {
	loc: Array<string | number>;
	msg: string;
	type: string;
}

/** HTTP status of each documented code; the gating codes come inside a 200 (contract section 12). */
const STATUS_OF_CODE: Record<number, number> = {
	401001: 401,
	403003: 403,
	404001: 404,
	422001: 422,
	500001: 500,
	10001: 200,
	10002: 200,
	10003: 200,
};

/** Thrown by handlers; becomes `{error_code, error_message, detail?}`. */
export class ApiError extends Error {
	constructor(
		readonly code: number,
		message: string,
		readonly detail?: ErrorDetail[],
	) {
		super(message);
	}

	get status(): number {
		return STATUS_OF_CODE[this.code] ?? 200;
	}
}

export const notFound = (what: string): ApiError => new ApiError(404001, `${what} not found`);

export function invalid(detail: ErrorDetail[]): ApiError {
	const first = detail[0];
	const message = first === undefined ? 'Validation error' : `Validation error: ${first.msg}`;
	return new ApiError(422001, message, detail);
}

export const json = (value: unknown, status = 200): Reply => ({
	status,
	headers: { 'content-type': 'application/json' },
	body: toJson(value),
});

export const text = (body: string, status = 200, type = 'text/plain; charset=utf-8'): Reply => ({
	status,
	headers: { 'content-type': type },
	body,
});

export const errorReply = (error: ApiError, status = error.status): Reply =>
	json(
		{
			error_code: error.code,
			error_message: error.message,
			...(error.detail && { detail: error.detail }),
		},
		status,
	);
