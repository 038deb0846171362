// What the fault `answer` of the simulator sends: RunComfy's refusals and errors, and those of a gateway before it.
import { STATUS_CODES } from 'node:http';
import type * as Library from '../../simulator/index.ts';

type Answer = Extract<Library.Fault, { name: 'answer' }>;
/** Where, how often and with which status, and the seconds that a client is to wait. */
type More = Omit<Answer, 'name' | 'status' | 'body' | 'headers'> & {
	status?: number | undefined;
	retryAfter?: number | undefined;
};

const answer = (
	usual: number,
	body: unknown,
	{ retryAfter, status = usual, ...more }: More = {},
	headers: Record<string, string> = {},
): Answer => ({
	name: 'answer',
	status,
	body,
	headers: { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) },
	...more,
});

const coded = (error_code: number, error_message: string) => ({ error_code, error_message });

export const rateLimited = (more?: More) => answer(429, { message: 'Too Many Requests' }, more);
export const paymentRequired = (more?: More) => answer(402, { message: 'Payment Required' }, more);
export const forbidden = ({ message = 'Forbidden', ...more }: More & { message?: string } = {}) =>
	answer(403, { message }, more);
export const serverError = (more?: More) => answer(500, coded(500001, 'Internal error'), more);
export const unauthorized = (more?: More) =>
	answer(401, coded(401001, 'Unauthorized: the token is missing, invalid or expired'), more);
export const notFound = (more?: More) => answer(404, coded(404001, 'Not found'), more);
/** The answer of a storage server that is not worth another try. */
export const gone = (more?: More) => answer(410, '', more);
export const notJson = (more?: More) => answer(200, 'upstream is starting', more);
export const emptyBody = (more?: More) => answer(200, '', more);

/** An error of the API with another status than its own, by default 200. */
export const errorCode = (
	code: number,
	{ message = 'no', ...more }: More & { message?: string } = {},
) => answer(200, coded(code, message), more);

/** A gateway's page. */
export function errorPage({ status = 502, ...more }: More = {}): Answer {
	const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
	const page = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
	return answer(status, page, more, { 'content-type': 'text/html' });
}

export const redirect = (location: string, more?: More) => answer(302, '', more, { location });

export const unknownStatus = (more?: More) =>
	answer(200, { status: 'warming_up' }, { on: 'status', ...more });

/** An error that repeats the Authorization header. */
export const tokenEcho = (token: string, more?: More) =>
	answer(500, coded(500001, `Cannot verify Bearer ${token}`), more);
