// The URLs of all calls, the ids in them, and the base URL.
import { describe, expect, it } from '@jest/globals';
import { canBeId } from '../../../core/http/paths';
import {
	AccountCache,
	cancel,
	checkId,
	type Client,
	createClient,
	getBalance,
	getDeployment,
	getResult,
	getStatus,
	listDeployments,
	loadWorkflow,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { run } from '../../support/pursued.mts';
import { fakeJob, REF } from '../support/fakeJob.mts';
import { clientOf, createVirtualHost, json, type Seen } from '../support/virtualHost.mts';

const everything = ({ leaf }: Seen) =>
	leaf === 'deployments'
		? json([])
		: json({
				...(leaf === 'inference' ? { request_id: 'r' } : {}),
				status: 'in_queue',
				id: 'd',
				balance_usd: 1,
				payload: { workflow_api_json: { 1: { class_type: 'X', inputs: {} } } },
			});

async function urls() {
	const { client, host } = clientOf(everything);
	await submit(client, REF);
	await getStatus(client, REF);
	await getResult(client, REF);
	await cancel(client, REF);
	await listDeployments(client, { includes: ['payload', 'readme'] });
	await getDeployment(client, REF.deploymentId);
	await getDeployment(client, REF.deploymentId, { includes: ['payload'] });
	await loadWorkflow(client, REF.deploymentId, new AccountCache());
	await getBalance(client);
	return host.calls.map(({ request }) => `${request.method} ${request.url}`);
}

describe('addresses', () => {
	it('of the queue are those of v1, all others of v2', async () => {
		const base = 'https://api.runcomfy.net/prod';
		expect(await urls()).toEqual([
			`POST ${base}/v1/deployments/dep-1/inference`,
			`GET ${base}/v1/deployments/dep-1/requests/req-1/status`,
			`GET ${base}/v1/deployments/dep-1/requests/req-1/result`,
			`POST ${base}/v1/deployments/dep-1/requests/req-1/cancel`,
			`GET ${base}/v2/deployments?includes=payload&includes=readme`,
			`GET ${base}/v2/deployments/dep-1`,
			`GET ${base}/v2/deployments/dep-1?includes=payload`,
			`GET ${base}/v2/deployments/dep-1?includes=payload`,
			`GET ${base}/v2/balance`,
		]);
	});

	it('are never taken from an answer', async () => {
		const evil = 'https://evil.example/steal';
		const urls = { status_url: evil, result_url: evil, cancel_url: evil };
		const fake = fakeJob({ runMs: 30_000 });
		const { client, host } = clientOf((call, number) => {
			const reply = fake.script(call, number);
			if (reply instanceof Error) return reply;
			return json({ ...(JSON.parse(reply.body ?? '{}') as object), ...urls });
		});
		await run(client, { deploymentId: 'dep-1' });
		const origins = new Set(host.calls.map(({ request }) => new URL(request.url).origin));
		expect([...origins]).toEqual(['https://api.runcomfy.net']);
	});
});

describe('ids', () => {
	it.each([
		...['a', '7f2ebf4d-0000-4000-8000-000000000001', 'x'.repeat(200)],
		...['a.b', '..a', 'a..', 'ü:1'],
	])('may be %s', (id) => {
		expect(checkId(` ${id}\n`, 'request id')).toBe(id);
		expect(canBeId(id)).toBe(true);
	});

	it.each([
		'a/b',
		'a\\b',
		'a?b',
		'a%2fb',
		'a b',
		'a\u0000b',
		'a\u200bb',
		'\ud800',
		'.',
		'..',
		'x'.repeat(201),
		'ftp://x',
	])('are refused as %j', (id) => {
		for (const what of ['deployment id', 'request id'] as const) {
			expect(() => checkId(id, what)).toThrow(
				expect.objectContaining({
					code: 'invalid_input',
					message: `"${id.slice(0, 60)}" cannot be a ${what}`,
					hint: expect.stringContaining('no slashes or blanks'),
				}),
			);
		}
	});
	it.each<[string, (client: Client) => Promise<unknown>, RegExp]>([
		['deployment', (client) => getDeployment(client, ''), /^Choose a deployment/],
		['deployment', (client) => submit(client, { deploymentId: '' }), /^Choose a deployment/],
		['deployment', (client) => getStatus(client, { ...REF, deploymentId: '' }), /^Choose a/],
		['request', (client) => getStatus(client, { ...REF, requestId: '' }), /submit step/],
		['request', (client) => cancel(client, { ...REF, requestId: '' }), /submit step/],
	])('say which one is missing: the %s id (case %#)', async (what, use, hint) => {
		const { client, host } = clientOf({});
		await expect(use(client)).rejects.toMatchObject({
			message: `The ${what} id is empty`,
			hint: expect.stringMatching(hint),
		});
		expect(host.calls).toEqual([]);
	});

	it.each([
		['https://www.runcomfy.com/deployments/abc-1/settings?x=1', 'abc-1'],
		[' https://api.runcomfy.net/prod/v1/deployments/abc-1/inference', 'abc-1'],
		['\n\tHTTP://127.0.0.1:4010/deployments/abc-1', 'abc-1'],
	])('of a deployment in %s: %s', (given, id) => {
		expect(checkId(given, 'deployment id')).toBe(id);
	});
});

describe('a client', () => {
	const host = createVirtualHost(() => ({}));

	it('is of the real service by default', () => {
		expect(createClient({ host, baseUrl: ' ' })).toMatchObject({
			baseUrl: 'https://api.runcomfy.net',
		});
	});

	it.each([
		'api.runcomfy.net',
		'ftp://x',
		'xhttp://x',
		'http://',
		'not a url',
		'https://me:secret-1@host',
		'https://:secret-1@host',
		'https://host?token=secret-1',
		'https://host#secret-1',
		'Bearer secret-1',
		'secret-1',
		'https://api.runcomfy.net/prod',
		'https://api.runcomfy.net/prod/v2/',
		'https://api.runcomfy.net/prod/v12',
	])('refuses the base URL %s, and does not repeat its password', (baseUrl) => {
		const create = () => createClient({ host, baseUrl });
		expect(create).toThrow(
			expect.objectContaining({
				code: 'invalid_input',
				hint: expect.stringContaining('https://api.runcomfy.net'),
			}),
		);
		expect(create).not.toThrow('secret-1');
	});
});
