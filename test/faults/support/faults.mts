// Every way in which the service, or a proxy in front of it, may fail one exchange.
import { failure, type Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';
import type { Kind } from './right.mts';

export interface Fault {
	name: string;
	kind: Kind;
	/** The answer that replaces the good one, whose body is text. */
	answer(good: Good): Reply | Error;
	/** Milliseconds that the service asks to wait. */
	waitMs?: number;
	/** Only for JSON answers of the API. */
	apiOnly?: true;
	/** Only for calls that request a stream. */
	streamOnly?: true;
}

/** A good answer and its URL. */
interface Good {
	url: string;
	body: string;
	/** The token that the host sends. */
	token: string;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const half = (text: string) => text.slice(0, text.length >> 1);
const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
const API: Partial<Fault> = { apiOnly: true };
const STREAM: Partial<Fault> = { streamOnly: true };

const answering = (
	name: string,
	kind: Kind,
	reply: Reply | Error,
	more: Partial<Fault> = {},
): Fault => ({
	name,
	kind,
	...more,
	answer: () => reply,
});

/** Far longer than anybody waits. */
const NEVER_MS = 1e9;

const NETWORK: Fault[] = [
	...['ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'].map((code) =>
		answering(code, 'undelivered', failure(code)),
	),
	answering(
		'EHOSTUNREACH while connecting, wrapped',
		'undelivered',
		new TypeError('fetch failed', { cause: failure('EHOSTUNREACH', { syscall: 'connect' }) }),
	),
	answering('a certificate that is not trusted', 'untrusted', failure('CERT_HAS_EXPIRED')),
	answering('reset before the first byte', 'broken', failure('ECONNRESET')),
	answering(
		'reset after the headers, wrapped',
		'broken',
		new TypeError('terminated', { cause: failure('UND_ERR_SOCKET') }),
	),
	answering('reset after the headers', 'broken', { chunks: [failure('ECONNRESET')] }, STREAM),
	{
		name: 'reset within the body',
		kind: 'broken',
		...STREAM,
		answer: ({ body }) => ({ chunks: [bytes(half(body)), failure('ECONNRESET')] }),
	},
	answering('an error without a code', 'broken', new Error('socket hang up')),
	answering('no answer', 'silent', { delayMs: Infinity }),
	answering('nothing after the headers', 'silent', { chunks: [NEVER_MS] }, STREAM),
	{
		name: 'silence within the body',
		kind: 'silent',
		...STREAM,
		answer: ({ body }) => ({ chunks: [bytes(half(body)), NEVER_MS] }),
	},
	{
		name: 'one byte every 20 s',
		kind: 'slow',
		...STREAM,
		answer: ({ body }) => ({
			chunks: [...bytes(body)].flatMap((byte) => [20_000, Uint8Array.of(byte)]),
		}),
	},
];

const OTHER_ORIGIN = 'https://elsewhere.example';

const redirect = (name: string, status: number, to: (url: string) => string): Fault => ({
	name: `${status} to ${name} origin`,
	kind: 'redirect',
	answer: ({ url }) => ({ status, headers: { location: `${to(url)}?redirected` } }),
});

const REDIRECTS: Fault[] = [
	redirect('the same', 302, (url) => url),
	...[301, 302, 303, 307, 308].map((status) =>
		redirect('another', status, (url) => `${OTHER_ORIGIN}${new URL(url).pathname}`),
	),
];

const LOOPS: Fault[] = [
	{
		name: '302 to itself',
		kind: 'redirect_loop',
		answer: ({ url }) => ({ status: 302, headers: { location: url } }),
	},
	answering('302 to nowhere', 'redirect_loop', { status: 302 }),
	answering('307 to a file of this machine', 'redirect_loop', {
		status: 307,
		headers: { location: 'file:///etc/passwd' },
	}),
];

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

/** Statuses with a specific meaning, one without, and the first and last of the family. */
const REFUSALS = [400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 429, 499];
const FAILURES = [500, 503, 599];

const kindOf = (status: number): Kind =>
	KIND_OF_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'refused');

const BY_STATUS: Fault[] = [...REFUSALS, ...FAILURES].map((status) =>
	answering(`HTTP ${status}`, kindOf(status), { status, headers: json, body: '{"message":"no"}' }),
);

/** A time relative to now, by the service's clock, in milliseconds. */
const httpDate = (ms: number) => new Date(EPOCH + ms).toUTCString();

const ASKED: Array<[value: string, waitMs: number, long?: 'long']> = [
	['0', 0],
	[' 2.5 ', 2_500],
	[httpDate(-3_600_000), 0],
	['-5', 0],
	['', 0],
	['99999999', 0, 'long'],
	[httpDate(86_400_000), 0, 'long'],
];

const ASKED_TO_WAIT: Fault[] = ASKED.flatMap(([value, waitMs, long]) => {
	const headers = { 'retry-after': value };
	// Only a readable waiting time proves that the call was refused.
	const told = waitMs > 0 || value === '0' || value === httpDate(-3_600_000);
	return [
		answering(
			`HTTP 429, Retry-After "${value}"`,
			long ? 'throttled_long' : 'throttled',
			{ status: 429, headers },
			{ waitMs },
		),
		answering(
			`HTTP 503, Retry-After "${value}"`,
			long ? 'unavailable_long' : told ? 'unavailable_told' : 'unavailable',
			{ status: 503, headers },
			{ waitMs },
		),
	];
});

const API_CODES: Array<[code: number | string, kind: Kind]> = [
	[400002, 'no_funds'],
	[400004, 'unauthorized'],
	[403001, 'forbidden'],
	[404001, 'missing'],
	[422001, 'unfit'],
	[429001, 'throttled_inside'],
	[500001, 'unavailable'],
	[503, 'unavailable'],
	[10001, 'no_funds'],
	[10002, 'disabled'],
	['10003', 'deleted'],
	[10030, 'unfit'],
	['SomeWord', 'refused'],
];

const ERRORS_IN_200: Fault[] = API_CODES.map(([error_code, kind]) =>
	answering(
		`200 with the error ${error_code}`,
		kind,
		{ headers: json, body: JSON.stringify({ error_code, error_message: 'not today' }) },
		API,
	),
);

const STATUSES: Fault[] = [
	...BY_STATUS,
	...ASKED_TO_WAIT,
	answering('HTTP 502 with a page', 'unavailable', {
		status: 502,
		headers: html,
		body: '<html><head><title>502 Bad Gateway</title></head></html>',
	}),
	answering('HTTP 403 with __proto__', 'forbidden', {
		status: 403,
		body: '{"__proto__":{"error_code":10001},"message":"Forbidden"}',
	}),
];

/** Refusals that repeat the token, as some gateways do. */
const ECHOES: Fault[] = [
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
			headers: html,
			body: `cannot verify ${token}`,
		}),
	},
];

const PAGE = '<!doctype html><html><head><title>Sign in</title></head><body>Wi-Fi</body></html>';

const MEGABYTE = new Uint8Array(2 ** 20).fill(0x20);
/** One megabyte more than a host accepts. */
const HUGE = Array.from({ length: 65 }, () => MEGABYTE);

const BODIES: Fault[] = [
	answering('a web page', 'page', { headers: html, body: PAGE }),
	answering('a web page that calls itself JSON', 'page', { headers: json, body: PAGE }, API),
	answering('no body', 'empty', { body: '' }),
	answering('blanks', 'empty', { headers: json, body: ' \r\n\t' }, API),
	answering('null', 'empty', { headers: json, body: 'null' }, API),
	answering('a text', 'text', { headers: json, body: '"ok"' }, API),
	answering('NaN', 'text', { headers: json, body: 'NaN' }, API),
	answering('an empty list', 'wrong_form', { headers: json, body: '[]' }, API),
	answering('an empty object', 'wrong_form', { headers: json, body: '{}' }, API),
	{
		name: 'half of the JSON',
		kind: 'cut_off',
		...API,
		answer: ({ body }) => ({ headers: json, body: half(body) }),
	},
	{
		name: 'half of the file',
		kind: 'cut_off',
		...STREAM,
		answer: ({ body }) => ({
			headers: { 'content-length': String(body.length) },
			body: half(body),
		}),
	},
	answering('more than a host takes in', 'too_large', failure('EMSGSIZE'), API),
	answering('more than its limit', 'too_large', { chunks: HUGE }, STREAM),
	answering(
		'a length that is a lie',
		'too_large',
		{ headers: { 'content-length': '99999999999' }, chunks: HUGE },
		STREAM,
	),
];

/** A good answer with additional fields. */
const within = (name: string, more: string): Fault => ({
	name,
	kind: 'harmless',
	apiOnly: true,
	answer: ({ body }) => ({ headers: json, body: body.replace('{', `{${more},`) }),
});

const DEEP = 30_000;

const HARMLESS: Fault[] = [
	{
		name: 'JSON that calls itself a page',
		kind: 'harmless',
		apiOnly: true,
		answer: ({ body }) => ({ headers: html, body }),
	},
	{ name: 'no content type', kind: 'harmless', answer: ({ body }) => ({ body }) },
	{
		name: 'a byte order mark',
		kind: 'harmless',
		answer: ({ body }) => ({ headers: json, body: `\uFEFF${body}` }),
	},
	within('lists within lists', `"deep":${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
	within(
		'texts to be looked through, deep down',
		`"deep":${'["\\u0041",'.repeat(DEEP)}1${']'.repeat(DEEP)}`,
	),
	within(
		'a large integer, deep down',
		`"deep":${'['.repeat(DEEP)}9007199254740993${']'.repeat(DEEP)}`,
	),
	within('__proto__', '"__proto__":{"status":"canceled","polluted":true}'),
	within('constructor', '"constructor":{"prototype":{"polluted":true}}'),
];

export const FAULTS: readonly Fault[] = [
	...NETWORK,
	...REDIRECTS,
	...LOOPS,
	...STATUSES,
	...ERRORS_IN_200,
	...BODIES,
	...HARMLESS,
	...ECHOES,
];
