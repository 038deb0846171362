import { STATUS_CODES } from 'node:http';
import type { Fault, FaultName } from './fault-table.cjs';
import type { Reply } from './reply.cjs';
import { ApiError, errorReply, json, text } from './reply.cjs';
import type { Context } from './routes/context.cjs';

/** Faults that answer instead of the route. */
export const INSTEAD = [
	'rate_limited',
	'server_error',
	'html_error_page',
	'not_json',
	'empty_body',
	'error_in_200',
	'forbidden_message',
	'gateway_402',
	'unauthorized',
	'not_found',
	'redirect',
	'token_echo',
] as const satisfies readonly FaultName[];

type InsteadFault = Extract<Fault, { name: (typeof INSTEAD)[number] }>;

function page(status: number): string {
	const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`;
	return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
}

const withRetryAfter = (reply: Reply, retryAfter: number | string | undefined): Reply =>
	retryAfter === undefined
		? reply
		: { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfter) } };

export function answerInstead(fault: InsteadFault, { headers, url }: Context): Reply {
	switch (fault.name) {
		case 'rate_limited':
			return withRetryAfter(json({ message: 'Too Many Requests' }, 429), fault.retry_after);
		case 'server_error':
			return withRetryAfter(
				errorReply(new ApiError(500001, 'Internal error'), fault.status ?? 500),
				fault.retry_after,
			);
		case 'html_error_page': {
			const status = fault.status ?? 502;
			return text(page(status), status, 'text/html');
		}
		case 'not_json':
			return text('upstream is starting', fault.status ?? 200);
		case 'empty_body':
			return text('', fault.status ?? 200, 'application/json');
		case 'error_in_200': {
			const error = new ApiError(fault.code ?? 500001, fault.message ?? 'Internal error');
			return errorReply(error, fault.status ?? 200);
		}
		case 'forbidden_message':
			return json({ message: fault.message ?? 'Forbidden' }, 403);
		case 'gateway_402':
			return json({ message: 'Payment Required' }, 402);
		case 'unauthorized':
			return errorReply(unauthorized());
		case 'not_found':
			return errorReply(new ApiError(404001, 'Not found'));
		case 'redirect': {
			const target = new URL(url);
			target.hostname = 'localhost';
			const location = fault.location ?? target.href;
			return { status: fault.status ?? 302, headers: { location }, body: '' };
		}
		case 'token_echo': {
			const sent = headers.authorization ?? 'nothing';
			return errorReply(new ApiError(500001, `Cannot verify ${sent}`), fault.status ?? 500);
		}
	}
}

export const unauthorized = (): ApiError =>
	new ApiError(401001, 'Unauthorized: the token is missing, invalid or expired');
