// Answers that refuse, by their HTTP status or by a number in a 200.
import type { Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import type { Fault, Kind } from './faults.mts';

const answering = (name: string, kind: Kind, reply: Reply, more: Partial<Fault> = {}): Fault => ({
	name,
	kind,
	...more,
	answer: () => reply,
});

const json = (body: unknown) => ({
	headers: { 'content-type': 'application/json' },
	body: JSON.stringify(body),
});

const KIND_OF_STATUS: Record<number, Kind> = {
	400: 'malformed',
	401: 'unauthorized',
	402: 'unpaid',
	403: 'forbidden',
	404: 'missing',
	408: 'late',
	410: 'gone',
	429: 'throttled',
};

const REFUSALS = [400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 418, 422, 425, 429];
const FAILURES = [431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 508, 520, 524, 530, 599];

const kindOf = (status: number): Kind =>
	KIND_OF_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'refused');

const BY_STATUS: Fault[] = [...REFUSALS, ...FAILURES].map((status) =>
	answering(`HTTP ${status}`, kindOf(status), { status, ...json({ message: 'no' }) }),
);

/** Milliseconds from now, by the service's clock. */
const httpDate = (ms: number) => new Date(EPOCH + ms).toUTCString();

const ASKED: Array<[value: string, waitMs: number, long?: 'long']> = [
	['0', 0],
	['3', 3_000],
	[' 2.5 ', 2_500],
	[httpDate(-3_600_000), 0],
	['-5', 0],
	['soon', 0],
	['', 0],
	['1e3', 0],
	['NaN', 0],
	['99999999', 0, 'long'],
	['9'.repeat(400), 0, 'long'],
	[httpDate(86_400_000), 0, 'long'],
];

const ASKED_TO_WAIT: Fault[] = ASKED.flatMap(([value, waitMs, long]) => {
	const shown = value.length > 40 ? `${value.slice(0, 4)}… (${value.length} digits)` : `"${value}"`;
	const headers = { 'retry-after': value };
	// Only a wait that can be read shows that the call was not taken.
	const told = waitMs > 0 || value === '0' || value === httpDate(-3_600_000);
	return [
		answering(
			`HTTP 429, Retry-After ${shown}`,
			long ? 'throttled_long' : 'throttled',
			{ status: 429, headers },
			{ waitMs },
		),
		answering(
			`HTTP 503, Retry-After ${shown}`,
			long ? 'unavailable_long' : told ? 'unavailable_told' : 'unavailable',
			{ status: 503, headers },
			{ waitMs },
		),
	];
});

const API_CODES: Array<[code: number | string, kind: Kind]> = [
	[400001, 'missing'],
	[400002, 'no_funds'],
	[400004, 'unauthorized'],
	[401001, 'unauthorized'],
	[403001, 'forbidden'],
	[403003, 'forbidden'],
	[404001, 'missing'],
	[422001, 'refused'],
	[429001, 'throttled_inside'],
	[500001, 'unavailable'],
	[503, 'unavailable'],
	[10001, 'no_funds'],
	[10002, 'disabled'],
	['10003', 'deleted'],
	[10030, 'refused'],
	['SomeWord', 'refused'],
];

export const ERRORS_IN_200: Fault[] = API_CODES.map(([error_code, kind]) =>
	answering(
		`200 with the error ${error_code}`,
		kind,
		json({ error_code, error_message: 'not today' }),
		{ apiOnly: true },
	),
);

export const STATUSES: Fault[] = [
	...BY_STATUS,
	...ASKED_TO_WAIT,
	answering('HTTP 502 with a page', 'unavailable', {
		status: 502,
		headers: { 'content-type': 'text/html' },
		body: '<html><head><title>502 Bad Gateway</title></head></html>',
	}),
	answering('HTTP 422 with a detail of many levels', 'refused', {
		status: 422,
		...json({ error_code: 422001, error_message: 'Validation error' }),
		body: `{"error_code":422001,"detail":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
	}),
	answering('HTTP 403 with __proto__', 'forbidden', {
		status: 403,
		body: '{"__proto__":{"error_code":10001},"message":"Forbidden"}',
	}),
];

/** Refusals that repeat the token, as some gateways do. */
export const ECHOES: Fault[] = [
	{
		name: '401 with the token',
		kind: 'unauthorized',
		answer: ({ token }) => ({ status: 401, body: `{"message":"Bearer ${token} is wrong"}` }),
	},
	{
		name: '500 with the token',
		kind: 'unavailable',
		answer: ({ token }) => ({
			status: 500,
			headers: { 'content-type': 'text/html' },
			body: `cannot verify ${token}`,
		}),
	},
];
