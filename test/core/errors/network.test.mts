import { describe, expect, it } from '@jest/globals';
import { readNetworkFailure } from '../../../core/parsers';
import { failure } from '../support/virtualHost.mts';

const refused = failure('ECONNREFUSED', { syscall: 'connect' });

/** Within so many errors without a code. */
const wrapped = (inner: unknown, times: number): unknown =>
	times === 0 ? inner : new Error('outer', { cause: wrapped(inner, times - 1) });

describe('why there was no answer', () => {
	it.each<[string, unknown, string | undefined, boolean, boolean]>([
		['refused', refused, 'ECONNREFUSED', true, true],
		['no such host', failure('ENOTFOUND'), 'ENOTFOUND', true, true],
		['DNS not reachable', failure('EAI_AGAIN'), 'EAI_AGAIN', true, true],
		[
			'connecting too slow',
			failure('UND_ERR_CONNECT_TIMEOUT'),
			'UND_ERR_CONNECT_TIMEOUT',
			true,
			true,
		],
		['no way there', failure('EHOSTUNREACH', { syscall: 'connect' }), 'EHOSTUNREACH', true, true],
		[
			'the way lost later',
			failure('EHOSTUNREACH', { syscall: 'read' }),
			'EHOSTUNREACH',
			false,
			true,
		],
		['connect timeout', failure('ETIMEDOUT', { syscall: 'connect' }), 'ETIMEDOUT', true, true],
		['timeout', failure('ETIMEDOUT'), 'ETIMEDOUT', false, true],
		['reset', failure('ECONNRESET', { syscall: 'read' }), 'ECONNRESET', false, true],
		['closed', failure('UND_ERR_SOCKET'), 'UND_ERR_SOCKET', false, true],
		['expired', failure('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED', true, false],
		[
			'other name',
			failure('ERR_TLS_CERT_ALTNAME_INVALID'),
			'ERR_TLS_CERT_ALTNAME_INVALID',
			true,
			false,
		],
		[
			'own authority',
			failure('SELF_SIGNED_CERT_IN_CHAIN'),
			'SELF_SIGNED_CERT_IN_CHAIN',
			true,
			false,
		],
		[
			'unknown authority',
			failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
			'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
			true,
			false,
		],
		[
			'wrapped in a cause',
			new TypeError('fetch failed', { cause: refused }),
			'ECONNREFUSED',
			true,
			true,
		],
		['under another code', failure('ERR_WRAPPED', { cause: refused }), 'ECONNREFUSED', true, true],
		[
			'of two addresses',
			new TypeError('x', { cause: new AggregateError([refused, refused]) }),
			'ECONNREFUSED',
			true,
			true,
		],
		['the first of two codes', failure('EPIPE', { cause: failure('EIO') }), 'EPIPE', false, true],
		['an empty code', failure('', { cause: failure('EIO') }), 'EIO', false, true],
		['a cause without the rest', { cause: { code: 'ENOTFOUND' } }, 'ENOTFOUND', true, true],
		[
			'lost while connecting',
			wrapped(failure('EIO', { syscall: 'connect' }), 1),
			'EIO',
			true,
			true,
		],
		['wrapped four times', wrapped(refused, 4), 'ECONNREFUSED', true, true],
		['wrapped too often', wrapped(refused, 5), undefined, false, true],
		['a list of nothing', { errors: [] }, undefined, false, true],
		['a list that is none', { errors: { 0: refused } }, undefined, false, true],
		['a code of certificates within', failure('X_CERT_OLD'), 'X_CERT_OLD', false, true],
		['of a list without a cause', { errors: [failure('EIO')] }, 'EIO', false, true],
		['no code', new Error('odd'), undefined, false, true],
		['a number for a code', new DOMException('x', 'AbortError'), undefined, false, true],
		['not an error', 'odd', undefined, false, true],
		['nothing', undefined, undefined, false, true],
	])('%s', (_name, thrown, code, undelivered, transient) => {
		expect(readNetworkFailure(thrown)).toMatchObject({ code, undelivered, transient });
	});

	it.each<[unknown, string]>([
		[failure('EIO', { cause: new Error('inner') }), 'EIO happened'],
		['a word', 'a word'],
		[{ message: 'said' }, 'said'],
		[Object.assign(new RangeError(), { message: undefined }), 'RangeError'],
		[{ message: 7 }, 'an object without a message'],
		[null, 'null'],
		[undefined, 'undefined'],
	])('%p gives the words %s', (thrown, message) => {
		expect(readNetworkFailure(thrown).message).toBe(message);
	});

	it('survives an error that is its own cause, or in its own list', () => {
		const circle: Error & { cause?: unknown; errors?: unknown[] } = new Error('circle');
		circle.cause = circle;
		expect(readNetworkFailure(circle).code).toBeUndefined();
		circle.errors = [circle];
		expect(readNetworkFailure(circle).code).toBeUndefined();
		circle.cause = undefined;
		expect(readNetworkFailure(circle).code).toBeUndefined();
	});
});
