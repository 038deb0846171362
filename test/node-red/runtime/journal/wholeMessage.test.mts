// What is kept of a message that nothing was read of yet: all of it, or what it can be told by.
import { describe, expect, it } from '@jest/globals';
import type * as KeptMessageModule from '../../../../node-red/runtime/journal/keptMessage.cts';
import { dist } from '../../support/dist.mts';

const { briefMessage, wholeMessage } = dist<typeof KeptMessageModule>(
	'node-red/runtime/journal/keptMessage.cjs',
);
const TOKEN = 'rc-0123456789abcdef';

describe('a message as a whole', () => {
	it('is kept where it is plain data, with what the answer replaces', () => {
		const msg = {
			...{ _msgid: 'm', topic: 't', payload: { prompt: 'a cat', seed: 7, hd: false } },
			...{ requestId: 'r', runcomfy: { list: ['a', null, { b: 1 }] }, nothing: undefined },
		};
		expect(wholeMessage(msg, TOKEN)).toStrictEqual(msg);
	});

	const around: Record<string, unknown> = { name: 'a' };
	around['again'] = around;
	const unreadable = {
		get payload() {
			throw new Error('no');
		},
	};
	it.each<[string, object]>([
		['a function', { callback: () => 1 }],
		['a Date, which would be a text', { date: new Date(0) }],
		['a Buffer', { payload: { image: Buffer.from('abc') } }],
		['a Map', { payload: [new Map()] }],
		['a bigint', { seed: 1n }],
		['a number that JSON does not have', { seed: NaN }],
		['a name for secrets', { payload: { apiKey: 'abc' } }],
		['the token of the account', { note: `see ${TOKEN}` }],
		['a secret in an address', { hook: 'https://example.com/?secret=abc' }],
		['itself', { around }],
		['what cannot be read', unreadable],
	])('is not where it has %s', (_what, msg) => {
		expect(wholeMessage(msg, TOKEN)).toBeUndefined();
	});

	it('is kept up to a size: its texts, and one for every other value', () => {
		const fits = 'x'.repeat(16 * 1024 - 2);
		const msg = { payload: fits, list: [] };
		expect(wholeMessage(msg, TOKEN)).toEqual(msg);
		expect(wholeMessage({ ...msg, payload: `${fits}x` }, TOKEN)).toBeUndefined();
		expect(wholeMessage({ ...msg, list: [1] }, TOKEN)).toBeUndefined();
	});

	it('is kept up to a depth', () => {
		const nested = (levels: number): unknown => (levels === 0 ? 'x' : { a: nested(levels - 1) });
		const [deep, deeper] = [nested(21), nested(22)] as [object, object];
		expect(wholeMessage(deep, TOKEN)).toEqual(deep);
		expect(wholeMessage(deeper, TOKEN)).toBeUndefined();
	});
});

describe('a message in brief', () => {
	it('is what it can be told by', () => {
		const parts = { id: 'p', index: 1 };
		expect(briefMessage({ _msgid: 'm', topic: 't', parts, payload: 'x' }, TOKEN)).toEqual({
			...{ _msgid: 'm', topic: 't', parts },
		});
	});

	it('is without what is long, each by itself, cannot be read or is a secret', () => {
		const long = 'x'.repeat(1024);
		expect(briefMessage({ _msgid: long, topic: long }, TOKEN)).toEqual({
			...{ _msgid: long, topic: long },
		});
		expect(briefMessage({ _msgid: 'm', topic: `${long}x` }, TOKEN)).toEqual({ _msgid: 'm' });
		const unreadable = {
			_msgid: `m ${TOKEN}`,
			get topic() {
				throw new Error('no');
			},
		};
		expect(briefMessage(unreadable, TOKEN)).toEqual({ _msgid: 'm [token]' });
	});
});
