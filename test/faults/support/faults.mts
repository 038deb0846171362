// Every way in which the service, or something in front of it, may fail one exchange.
import { failure, type Reply } from '../../core/support/virtualHost.mts';
import { EPOCH } from '../../support/virtualClock.mts';

/** The category of a fault: one row in the table of correct behavior. */
export type Kind =
	| 'undelivered'
	| 'broken'
	| 'silent'
	| 'cut_off'
	| 'redirect'
	| 'redirect_loop'
	| 'unauthorized'
	| 'unpaid'
	| 'forbidden'
	| 'missing'
	| 'gone'
	| 'malformed'
	| 'refused'
	| 'unfit'
	| 'no_funds'
	| 'disabled'
	| 'deleted'
	| 'late'
	| 'throttled'
	| 'throttled_inside'
	| 'throttled_long'
	| 'unavailable'
	| 'unavailable_told'
	| 'unavailable_long'
	| 'page'
	| 'text'
	| 'empty'
	| 'wrong_form'
	| 'too_large'
	| 'harmless';

export interface Fault {
	name: string;
	kind: Kind;
	/** What comes in place of the good answer, which has a text as its body. */
	answer(good: Good): Reply | Error;
	/** What comes instead if the host asks for a stream; the same if absent. */
	streamed?(good: Good): Reply | Error;
	/** Milliseconds that the service asks to wait. */
	waitMs?: number;
	/** Only for answers that are JSON of the API. */
	apiOnly?: true;
}

/** A good answer, and the address that it was asked for. */
interface Good {
	url: string;
	body: string;
	/** What a host sends with the request. */
	token: string;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const half = (text: string) => text.slice(0, text.length >> 1);
const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
const API: Partial<Fault> = { apiOnly: true };

const answering = (name: string, kind: Kind, reply: Reply, more: Partial<Fault> = {}): Fault => ({
	name,
	kind,
	...more,
	answer: () => reply,
});

/** Far longer than anybody waits. */
const NEVER_MS = 1e9;

const NETWORK: Fault[] = [
	...['ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'].map(
		(code): Fault => ({ name: code, kind: 'undelivered', answer: () => failure(code) }),
	),
	{
		name: 'EHOSTUNREACH while connecting, wrapped',
		kind: 'undelivered',
		answer: () =>
			new TypeError('fetch failed', { cause: failure('EHOSTUNREACH', { syscall: 'connect' }) }),
	},
	{ name: 'reset before the first byte', kind: 'broken', answer: () => failure('ECONNRESET') },
	{
		name: 'reset after the headers',
		kind: 'broken',
		answer: () => new TypeError('terminated', { cause: failure('UND_ERR_SOCKET') }),
		streamed: () => ({ chunks: [failure('ECONNRESET')] }),
	},
	{
		name: 'reset within the body',
		kind: 'broken',
		answer: () => failure('ECONNRESET'),
		streamed: ({ body }) => ({ chunks: [bytes(half(body)), failure('ECONNRESET')] }),
	},
	{ name: 'an error without a code', kind: 'broken', answer: () => new Error('socket hang up') },
	{ name: 'no answer', kind: 'silent', answer: () => ({ delayMs: Infinity }) },
	{
		name: 'nothing after the headers',
		kind: 'silent',
		answer: () => ({ delayMs: Infinity }),
		streamed: () => ({ chunks: [NEVER_MS] }),
	},
	{
		name: 'silence within the body',
		kind: 'silent',
		answer: () => ({ delayMs: Infinity }),
		streamed: ({ body }) => ({ chunks: [bytes(half(body)), NEVER_MS] }),
	},
	{
		name: 'one byte every 20 s',
		kind: 'silent',
		answer: () => ({ delayMs: Infinity }),
		streamed: ({ body }) => ({
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
	{ name: '302 to nowhere', kind: 'redirect_loop', answer: () => ({ status: 302 }) },
	{
		name: '307 to a file of this machine',
		kind: 'redirect_loop',
		answer: () => ({ status: 307, headers: { location: 'file:///etc/passwd' } }),
	},
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

/** Those that have a meaning of their own, one that has none, and the first and last of a family. */
const REFUSALS = [400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 422, 429, 499];
const FAILURES = [500, 503, 599];

const kindOf = (status: number): Kind =>
	KIND_OF_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'refused');

const BY_STATUS: Fault[] = [...REFUSALS, ...FAILURES].map((status) =>
	answering(`HTTP ${status}`, kindOf(status), { status, headers: json, body: '{"message":"no"}' }),
);

/** Milliseconds from now, by the service's clock. */
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
	// Only a wait that can be read shows that the call was not taken.
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
	answering('HTTP 422 with a detail of many levels', 'unfit', {
		status: 422,
		headers: json,
		body: `{"error_code":422001,"detail":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
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
/** One megabyte more than a host takes in. */
const HUGE = Array.from({ length: 65 }, () => MEGABYTE);
const tooLarge = () => failure('EMSGSIZE');

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
		answer: ({ body }) => ({ headers: json, body: half(body) }),
		streamed: ({ body }) => ({
			headers: { 'content-length': String(body.length) },
			chunks: [bytes(half(body))],
		}),
	},
	{
		name: 'more than a host takes in',
		kind: 'too_large',
		answer: tooLarge,
		streamed: () => ({ chunks: HUGE }),
	},
	{
		name: 'a length that is a lie',
		kind: 'too_large',
		answer: tooLarge,
		streamed: () => ({ headers: { 'content-length': '99999999999' }, chunks: HUGE }),
	},
];

/** A good answer with more fields in it. */
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
