import type { Readable } from 'node:stream';
import { isObject, toJson } from './json';
import type { JsonObject } from './types';

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

/**
 * HTTP status of each documented code; codes about access come with status 200 (contract section 12). RunComfy's page
 * gives no statuses for the codes of the Model API.
 */
const STATUS_OF_CODE: Record<number, number> = {
	400001: 400,
	400002: 402,
	400004: 401,
	401001: 401,
	403003: 403,
	404001: 404,
	422001: 422,
	500001: 500,
	10002: 200,
};

/** Thrown by handlers; becomes `{error_code, error_message, detail?}`. */
export class ApiError extends Error {
	constructor(
		readonly code: number,
		message: string,
		readonly detail?: ErrorDetail[],
		/** Status and headers that differ from the code's defaults. */
		private readonly gateway: { status?: number; headers?: Record<string, string> } = {},
	) {
		super(message);
	}

	get status(): number {
		return this.gateway.status ?? STATUS_OF_CODE[this.code] ?? 200;
	}

	get headers(): Record<string, string> {
		return this.gateway.headers ?? {};
	}
}

export const notFound = (what: string): ApiError => new ApiError(404001, `${what} not found`);

/** Reports a problem with a part of a body. */
export type Report = (loc: ErrorDetail['loc'], msg: string, type: string) => void;

/**
 * Reads a body that must be an object.
 * @throws ApiError 422001 listing every problem that `read` reports
 */
export function readFields<T>(body: unknown, read: (fields: JsonObject, report: Report) => T): T {
	const detail: ErrorDetail[] = [];
	const report: Report = (loc, msg, type) => void detail.push({ loc: ['body', ...loc], msg, type });
	if (!isObject(body)) report([], 'value is not a valid dict', 'type_error.dict');
	const value = isObject(body) ? read(body, report) : undefined;
	const [first] = detail;
	if (first === undefined) return value as T;
	throw new ApiError(422001, `Validation error: ${first.msg}`, detail);
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

export function errorReply(error: ApiError, status = error.status): Reply {
	const { code, message, detail } = error;
	const reply = json(
		{ error_code: code, error_message: message, ...(detail && { detail }) },
		status,
	);
	return { ...reply, headers: { ...reply.headers, ...error.headers } };
}

/**
 * Answers a `Range` header (RFC 9110, section 14): 206 with the part, or 416 if there is none. If the header is
 * malformed or asks for several parts, the answer is the whole file.
 */
export function ranged(body: Buffer, type: string, header: string | undefined): Reply {
	const total = body.length;
	const headers = { 'content-type': type, 'accept-ranges': 'bytes' };
	const match = /^bytes=(?<first>\d*)-(?<last>\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
	const { first = '', last = '' } = match?.groups ?? {};
	if (first === '' && last === '') return { status: 200, headers, body };
	const from = first === '' ? Math.max(0, total - Number(last)) : Number(first);
	const to = first === '' || last === '' ? total - 1 : Math.min(total - 1, Number(last));
	if (from > to) {
		return { status: 416, headers: { 'content-range': `bytes */${total}` }, body: '' };
	}
	const range = { 'content-range': `bytes ${from}-${to}/${total}` };
	return { status: 206, headers: { ...headers, ...range }, body: body.subarray(from, to + 1) };
}

/** ISO 8601 with microseconds and a numeric offset, as RunComfy writes times. */
export const timestamp = (ms: number): string =>
	new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000+00:00');
