import { STATUS_CODES } from 'node:http';
import type { FaultName, FaultOf } from './fault-table.cjs';
import type { Reply } from './reply.cjs';
import { ApiError, errorReply, json, text } from './reply.cjs';
import type { Context } from './routes/context.cjs';
import { strike } from './routes/context.cjs';

/** Uses the words of the API that the path belongs to. */
export const unauthorized = (pathname: string): ApiError =>
	pathname.startsWith('/v1/')
		? new ApiError(400004, 'UserAccountError: the token is missing, invalid or expired')
		: new ApiError(401001, 'Unauthorized: the token is missing, invalid or expired');

const internal = (message = 'Internal error', code = 500001): ApiError =>
	new ApiError(code, message);

type Answer<N extends FaultName> = (fault: FaultOf<N>, context: Context) => Reply;

/** Faults that answer instead of the route. */
const ANSWERS = {
	rate_limited: ({ retry_after }) =>
		later(json({ message: 'Too Many Requests' }, 429), retry_after),
	server_error: ({ status = 500, retry_after }) =>
		later(errorReply(internal(), status), retry_after),
	html_error_page: ({ status = 502, retry_after }) =>
		later(text(page(status), status, 'text/html'), retry_after),
	not_json: ({ status = 200 }) => text('upstream is starting', status),
	empty_body: ({ status = 200 }) => text('', status, 'application/json'),
	error_in_200: ({ code, message, status = 200 }) => errorReply(internal(message, code), status),
	forbidden_message: ({ message = 'Forbidden' }) => json({ message }, 403),
	gateway_402: () => json({ message: 'Payment Required' }, 402),
	unauthorized: (_fault, { url }) => errorReply(unauthorized(url.pathname)),
	not_found: () => errorReply(new ApiError(404001, 'Not found')),
	redirect: ({ location, status = 302 }, { url }) => {
		const target = new URL(url);
		target.hostname = 'localhost';
		return { status, headers: { location: location ?? target.href }, body: '' };
	},
	token_echo: ({ status = 500 }, { headers }) =>
		errorReply(internal(`Cannot verify ${headers.authorization ?? 'nothing'}`), status),
} satisfies { [N in FaultName]?: Answer<N> };

const NAMES = Object.keys(ANSWERS) as Array<keyof typeof ANSWERS>;

/** The answer of a fault in the route's place; undefined if none strikes. */
export function answerInstead(context: Context): Reply | undefined {
	const fault = strike(context, ...NAMES);
	return fault && (ANSWERS[fault.name] as Answer<FaultName>)(fault, context);
}

const later = (reply: Reply, retryAfter: number | string | undefined): Reply =>
	retryAfter === undefined
		? reply
		: { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } };

function page(status: number): string {
	const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
	return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
}
