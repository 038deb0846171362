// No answer, half of one, or one from somewhere else.
import { failure } from '../../core/support/virtualHost.mts';
import type { Fault } from './faults.mts';

const bytes = (text: string) => new TextEncoder().encode(text);
const half = (text: string) => text.slice(0, text.length >> 1);

/** Far longer than anybody waits. */
const NEVER_MS = 1e9;

export const NETWORK: Fault[] = [
	...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'].map(
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

export const REDIRECTS: Fault[] = [301, 302, 303, 307, 308].flatMap((status): Fault[] => [
	{
		name: `${status} to the same origin`,
		kind: 'redirect',
		answer: ({ url }) => ({ status, headers: { location: `${url}?redirected` } }),
	},
	{
		name: `${status} to another origin`,
		kind: 'redirect',
		answer: ({ url }) => ({
			status,
			headers: { location: `${OTHER_ORIGIN}${new URL(url).pathname}?redirected` },
		}),
	},
]);

export const LOOPS: Fault[] = [
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
