import { describe, expect, it } from '@jest/globals';
import { secretIn, toCallback } from '../../../core/index.ts';

const ids = { request_id: 'r', deployment_id: 'd' };

describe('a callback', () => {
	it.each([
		[{ ...ids, status: 'cancelled' }, 'canceled'],
		[{ ...ids, outcome: 'succeeded' }, 'succeeded'],
		[ids, 'unknown'],
	])('says %j', (body, said) => {
		const ref = { requestId: 'r', deploymentId: 'd' };
		expect(toCallback(undefined, body)).toEqual({ ref, said, query: {} });
	});

	it('has the query of its address, the last of each name, without the secret', () => {
		const url = '/runcomfy?order=1&order=2&secret=s&name=a+b%21&__proto__=x&empty';
		const { query } = toCallback(url, ids);
		expect(query).toEqual({ order: '2', name: 'a b!', empty: '' });
		expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
		expect(toCallback('?order=1', ids).query).toEqual({ order: '1' });
		expect(toCallback('/runcomfy', ids).query).toEqual({});
		expect(secretIn(url)).toBe('s');
		expect(secretIn('https://n8n.example/webhook/1/runcomfy')).toBeUndefined();
	});

	it.each([
		undefined,
		null,
		'text',
		[ids],
		{},
		{ request_id: 'r' },
		{ ...ids, request_id: '../x' },
	])('is not made of %j', (body) => {
		expect(() => toCallback('/', body)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
	});
});
