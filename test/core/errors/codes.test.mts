// Every error code, and the messages of failures without an answer.
import { describe, expect, it } from '@jest/globals';
import { readNetworkFailure } from '../../../core/errors/network';
import { CODES, RunComfyError, toRunComfyError } from '../../../core/index';
import { failure } from '../support/virtualHost.mts';

describe('every code', () => {
	it.each(Object.entries(CODES))('%s has a hint', (_code, { hint }) => {
		expect(hint).toMatch(/^[A-Z].*\.$/);
	});

	it('says whether waiting alone may help', () => {
		const hopeful = Object.entries(CODES).filter(([, { repeat }]) => repeat === 'later');
		expect(hopeful.map(([code]) => code).sort()).toEqual([
			'bad_response',
			'output_unavailable',
			'rate_limited',
			'service_unavailable',
			'timed_out',
		]);
	});

	it('stays itself when anything thrown is made one', () => {
		const error = new RunComfyError('aborted', 'x');
		expect(toRunComfyError(error, 'bad_response')).toBe(error);
		expect(toRunComfyError(new TypeError('a word'), 'bad_response')).toMatchObject({
			code: 'bad_response',
			message: 'a word',
		});
		expect(toRunComfyError('word', 'invalid_input').message).toBe('word');
	});
});

const refused = failure('ECONNREFUSED', { syscall: 'connect' });

/** Wraps an error in this many errors without a code. */
const wrapped = (inner: unknown, times: number): unknown =>
	times === 0 ? inner : new Error('outer', { cause: wrapped(inner, times - 1) });

/** The situation, the thrown value, and the resulting code. A string stands for an error with that code. */
type Case = [what: string, thrown: unknown, code?: string];

const NOT_DELIVERED: Case[] = [
	['refused', refused, 'ECONNREFUSED'],
	['DNS not reachable', 'EAI_AGAIN'],
	['connect timeout', failure('ETIMEDOUT', { syscall: 'connect' }), 'ETIMEDOUT'],
	['lost while connecting', wrapped(failure('EIO', { syscall: 'connect' }), 1), 'EIO'],
	['wrapped in a cause', new TypeError('fetch failed', { cause: refused }), 'ECONNREFUSED'],
	['wrapped four times', wrapped(refused, 4), 'ECONNREFUSED'],
	['under another code', failure('ERR_WRAPPED', { cause: refused }), 'ECONNREFUSED'],
	['of two addresses', wrapped(new AggregateError([refused, refused]), 1), 'ECONNREFUSED'],
	['a cause without the rest', { cause: { code: 'ENOTFOUND' } }, 'ENOTFOUND'],
];

const MAYBE_DELIVERED: Case[] = [
	['the way lost later', failure('EHOSTUNREACH', { syscall: 'read' }), 'EHOSTUNREACH'],
	['timeout', 'ETIMEDOUT'],
	['reset', failure('ECONNRESET', { syscall: 'read' }), 'ECONNRESET'],
	['the first of two codes', failure('EPIPE', { cause: failure('EIO') }), 'EPIPE'],
	['of a list without a cause', { errors: [failure('EIO')] }, 'EIO'],
	['a code with that of certificates in it', 'X_CERT_OLD'],
	['wrapped too often', wrapped(refused, 5)],
	['no code', new Error('odd')],
	['nothing', undefined],
];

const UNTRUSTED: Case[] = [
	['another name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	['an authority of its own', 'SELF_SIGNED_CERT_IN_CHAIN'],
	['an unknown authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
];

describe.each([
	['did not arrive', { undelivered: true, transient: true }, NOT_DELIVERED],
	['may have arrived', { undelivered: false, transient: true }, MAYBE_DELIVERED],
	['was not sent over an untrusted connection', { undelivered: true, transient: false }, UNTRUSTED],
])('a call without an answer that %s', (_what, facts, cases) => {
	// Without the default, Jest would pass `done` instead of a missing code.
	it.each(cases)('%s', (...[, thrown, code]: Case) => {
		const error = typeof thrown === 'string' ? failure(thrown) : thrown;
		const read = typeof thrown === 'string' ? thrown : code;
		expect(readNetworkFailure(error)).toMatchObject({ code: read, ...facts });
	});
});
