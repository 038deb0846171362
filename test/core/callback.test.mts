// What counts as a callback of RunComfy, and who brings the secret.
import { describe, expect, it } from '@jest/globals';
import { bringsSecret, toCallback } from '../../core/index.ts';

const IDS = { request_id: 'req-1', deployment_id: 'dep-1' };
const REF = { requestId: 'req-1', deploymentId: 'dep-1' };
const deep: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);

describe('a callback', () => {
	it('has the query of its address, the last of each name, without the secret', () => {
		const url = '/runcomfy?order=1&order=2&secret=s&name=a+b%21&__proto__=x&empty';
		const { query, ...said } = toCallback(url, IDS)!;
		expect(said).toEqual({ ref: REF });
		expect(query).toEqual({ order: '2', name: 'a b!', empty: '' });
		expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
		expect(toCallback('?order=1', IDS)?.query).toEqual({ order: '1' });
		expect(toCallback('/runcomfy', IDS)?.query).toEqual({});
	});

	it.each([
		['/x?secret=sesame', true],
		['https://n8n.example/x?a=b&secret=sesame', true],
		['/x?secret=sesamf', false],
		['/x?secret=sesam', false],
		['/x?secret=sesamesesame', false],
		['/x?secret=', false],
		['/x', false],
		[undefined, false],
	])('to %s brings the secret: %s', (url, brings) => {
		expect(bringsSecret(url, 'sesame')).toBe(brings);
	});

	it.each<[string, unknown]>([
		['nothing', undefined],
		['null', null],
		['a text', '<html>'],
		['a list', [IDS]],
		['an empty object', {}],
		['no deployment', { request_id: 'req-1' }],
		['no request', { deployment_id: 'dep-1' }],
		['an id that leads elsewhere', { ...IDS, request_id: '../../balance' }],
		['a deployment that leads elsewhere', { ...IDS, deployment_id: '..' }],
		['a list as id', { ...IDS, request_id: ['req-1'] }],
		['levels as id', { ...IDS, request_id: deep }],
	])('needs the ids of a request: no %s', (_what, body) => {
		expect(toCallback('/x', body)).toBeUndefined();
	});

	it.each<[string, unknown]>([
		['the ids', IDS],
		['levels besides', { ...IDS, status: 'failed', outputs: deep }],
		[
			'__proto__',
			JSON.parse('{"request_id":"req-1","deployment_id":"dep-1","__proto__":{"polluted":1}}'),
		],
	])('has only its ids read: %s', (_what, body) => {
		expect(toCallback('/x', body)).toEqual({ ref: REF, query: {} });
		expect('polluted' in {}).toBe(false);
	});
});
