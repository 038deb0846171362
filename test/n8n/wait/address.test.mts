// What n8n says under the address where an execution is resumed, and which address that is.
import { describe, expect, it } from '@jest/globals';
import type { IExecuteFunctions } from 'n8n-workflow';
import {
	call,
	findAddress,
	parkedAnswer,
	resumeAddress,
} from '../../../nodes/RunComfy/wait/address.ts';
import { clientOf, failure, json, type Reply } from '../../core/support/virtualHost.mts';

const ADDRESS = new URL('http://n8n/webhook-waiting/7?signature=s');
const said = (status: number, body: object | string) =>
	call(clientOf(json(body, status)).host, ADDRESS, 'ask');

const IS_RUNNING = { message: 'The execution "7" is running already.' };
const NO_DATA = { message: "Cannot read properties of undefined (reading 'resumeToken')" };
const FAILED = { message: 'The execution "7" has finished with error.' };
const FINISHED = { message: 'The execution "7 has finished already.' };
const DELETED = { message: 'The execution "7" does not exist.' };
const ELSEWHERE = {
	message: 'The workflow does not contain a waiting webhook with a matching path.',
};

describe('what n8n says', () => {
	it.each([
		[409, IS_RUNNING, 'running'],
		// As n8n 2.41.1 answers for one that was started in its editor.
		[500, NO_DATA, 'running'],
		[500, { message: "undefined (reading 'validateSignature')" }, 'running'],
		[409, FAILED, 'stopped'],
		[409, FINISHED, 'finished'],
		[404, DELETED, 'stopped'],
		[404, ELSEWHERE, 'elsewhere'],
		[200, 'runcomfy parked 0-1', 'parked'],
		[200, 'runcomfy resumed', 'resumed'],
	])('%i with %j means %s', async (status, body, state) => {
		expect((await said(status, body)).state).toBe(state);
	});

	it.each([
		[200, IS_RUNNING],
		[409, NO_DATA],
		[500, { message: 'Internal' }],
		[404, FAILED],
		[404, FINISHED],
		[409, DELETED],
		[404, { message: 'The page does not exist' }],
		[409, ELSEWHERE],
		[401, { error: 'Invalid token' }],
		[500, 'runcomfy resumed'],
		[409, 'runcomfy parked 0-1'],
		[200, '<html>'],
	])('%i with %j means nothing', async (status, body) => {
		expect(await said(status, body)).toEqual({ state: 'unknown' });
	});

	it('has the time for which it is parked with it', async () => {
		expect(await said(200, 'runcomfy parked 0-17')).toEqual({ state: 'parked', park: '0-17' });
		expect(await said(200, parkedAnswer('3-8'))).toEqual({ state: 'parked', park: '3-8' });
	});

	it('is asked for with a mark, without the credential and for ten seconds at most', async () => {
		const { host } = clientOf(json('runcomfy resumed'));
		const { signal } = new AbortController();
		await call(host, ADDRESS, 'wake', signal);
		expect(host.calls[0]?.request).toEqual({
			...{ method: 'POST', authenticate: false, expect: 'text', timeoutMs: 10_000, signal },
			url: 'http://n8n/webhook-waiting/7?signature=s&runcomfy=wake',
			headers: { accept: 'application/json' },
		});
		await call(host, ADDRESS, 'ask');
		expect(host.calls[1]?.request).not.toHaveProperty('signal');
	});

	it('is unknown where there is no answer, or an empty one', async () => {
		const [away, empty] = [failure('ECONNREFUSED'), {}].map((reply) => clientOf(reply).host);
		expect(await call(away!, ADDRESS, 'ask')).toEqual({ state: 'unknown' });
		expect(await call(empty!, ADDRESS, 'ask')).toEqual({ state: 'unknown' });
	});
});

const contextWith = (resumeUrl: string | undefined, base = ''): IExecuteFunctions =>
	({
		getWorkflowDataProxy: () => (resumeUrl === undefined ? {} : { $execution: { resumeUrl } }),
		getInstanceBaseUrl: () => base,
	}) as unknown as IExecuteFunctions;

describe('the address of an execution', () => {
	it.each([
		['http://n8n:5678/webhook-waiting/7?signature=s', '/webhook-waiting/7/runcomfy?signature=s'],
		['https://n8n/base/webhook-waiting/7', '/base/webhook-waiting/7/runcomfy'],
	])('%s has the path of the node: %s', (given, path) => {
		const address = resumeAddress(contextWith(given));
		expect(address?.origin).toBe(new URL(given).origin);
		expect(`${address?.pathname}${address?.search}`).toBe(path);
	});

	it.each([
		undefined,
		'',
		'no address',
		'none:/webhook-waiting/7',
		'httpss://n8n/7',
		'xhttp://n8n/7',
	])('is none of the web: %s', (given) => {
		expect(resumeAddress(contextWith(given))).toBeUndefined();
	});
});

describe('an address that reaches n8n', () => {
	/** What is found, and which origins were asked for it, in order. */
	async function find(context: IExecuteFunctions, answers: Record<string, Reply>) {
		const asked: string[] = [];
		const { host } = clientOf(({ request }) => {
			const { origin } = new URL(request.url);
			asked.push(origin);
			return answers[origin] ?? failure('ECONNREFUSED');
		});
		return { address: (await findAddress(context, host))?.href, asked };
	}
	const running = json(IS_RUNNING, 409);
	const path = '/webhook-waiting/7';

	it('is the one that n8n gives, where it answers there; it is asked once', async () => {
		const context = contextWith(`http://a.test${path}?signature=s`, 'http://a-base.test');
		const found = { address: `http://a.test${path}/runcomfy?signature=s` };
		expect(await find(context, { 'http://a.test': running })).toEqual({
			...{ ...found, asked: ['http://a.test'] },
		});
		expect(await find(context, {})).toEqual({ ...found, asked: [] });
	});

	it('is known by the node itself of an execution that is parked', async () => {
		const parked = json('runcomfy parked 0-1');
		const { address } = await find(contextWith(`http://b.test${path}`), {
			'http://b.test': parked,
		});
		expect(address).toBe(`http://b.test${path}/runcomfy`);
	});

	it('is the same below the address of the instance, where another answers there', async () => {
		const context = contextWith(`http://c.test${path}?signature=s`, 'http://c-base.test:5678/');
		const answers = { 'http://c.test': json('a page'), 'http://c-base.test:5678': running };
		expect(await find(context, answers)).toEqual({
			address: `http://c-base.test:5678${path}/runcomfy?signature=s`,
			asked: ['http://c.test', 'http://c-base.test:5678'],
		});
	});

	it.each([
		['of the instance is the same', 'http://d.test/'],
		['of the instance is none', 'n8n'],
	])('is none where nobody answers, and that %s', async (_what, base) => {
		expect(await find(contextWith(`http://d.test${path}`, base), {})).toEqual({
			...{ address: undefined, asked: ['http://d.test'] },
		});
	});

	it('is none without one that n8n gives', async () => {
		expect(await find(contextWith(undefined, 'http://e.test'), {})).toEqual({
			...{ address: undefined, asked: [] },
		});
	});
});
