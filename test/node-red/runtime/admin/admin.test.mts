// What the dialogs ask the runtime, over HTTP, against the simulator.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import { dist, requireFromRoot } from '../../support/dist.mts';
import { get, post, useAdmin } from './adminRig.mts';

const admin = useAdmin();

describe('runcomfy/deployments', () => {
	it('lists those of a deployed account by name', async () => {
		const { status, body } = await get('/runcomfy/deployments', { account: 'cfg' });
		expect(status).toBe(200);
		const { deployments } = body as { deployments: Array<Record<string, unknown>> };
		const names = deployments.map(({ name }) => String(name));
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		expect(deployments).toContainEqual({
			id: admin.ids.textToImage,
			name: expect.any(String),
			disabled: false,
			ambiguous: false,
		});
		expect(deployments.find(({ id }) => id === admin.ids.disabled)).toMatchObject({
			disabled: true,
		});
	});

	it.each([
		['an unknown one', { account: 'nobody' }, 422, 'auth_failed', /not known yet/],
		['one without a token', { account: 'bare' }, 422, 'auth_failed', /holds no API token/],
		['none', {}, 422, 'auth_failed', /not known yet/],
	])('says of %s what is missing', async (_what, query, status, code, message) => {
		const answer = await get('/runcomfy/deployments', query);
		expect(answer.status).toBe(status);
		expect(answer.body).toEqual({
			code,
			message: expect.stringMatching(message),
			hint: expect.any(String),
		});
		expect(admin.simulator.requests).toEqual([]);
	});
});

/** A server that is not RunComfy, and the requests that reached it. */
async function listen() {
	const heard: unknown[] = [];
	const server = createServer((req, res) => {
		heard.push(req.headers);
		res.end('{}');
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { heard, baseUrl, close: () => server.close() };
}

const NAMED = { apiToken: '${RUNCOMFY_TEST_TOKEN}', baseUrl: '${RUNCOMFY_TEST_URL}' };

describe('a variable of the environment', () => {
	it('is not read for what is typed: neither for an error nor for an address', async () => {
		process.env['RUNCOMFY_TEST_SECRET'] = 'a secret of the environment';
		const secret = '${RUNCOMFY_TEST_SECRET}';
		const other = await listen();
		process.env['RUNCOMFY_TEST_URL'] = other.baseUrl;
		for (const path of ['test', 'deployments', 'models', 'inputs', 'check']) {
			const deployment = admin.ids.textToImage;
			const asked = [
				await post(`/runcomfy/${path}`, { deployment, ...admin.typed({ baseUrl: secret }) }),
				await post(`/runcomfy/${path}`, { deployment, ...admin.typed({ apiToken: secret }) }),
				await post(`/runcomfy/${path}`, { deployment, ...NAMED, apiToken: secret }),
				await post(`/runcomfy/${path}`, { deployment, ...admin.typed({ baseUrl: NAMED.baseUrl }) }),
			];
			for (const { status, body, text } of asked) {
				expect(status).toBe(400);
				expect(body).toMatchObject({
					code: 'invalid_input',
					message: expect.stringContaining('environment variable'),
					hint: expect.stringMatching(/^Deploy first/),
				});
				expect(text).not.toContain(process.env['RUNCOMFY_TEST_SECRET']);
			}
		}
		other.close();
		delete process.env['RUNCOMFY_TEST_SECRET'];
		expect(other.heard).toEqual([]);
		expect(admin.simulator.requests).toEqual([]);
	});

	it.each([
		['as its dialog shows it', () => ({ account: 'named', baseUrl: NAMED.baseUrl })],
		[
			'with a token that was typed',
			() => admin.typed({ account: 'named', baseUrl: NAMED.baseUrl }),
		],
	])('is read for a deployed account, %s', async (_what, account) => {
		const { status, body } = await post('/runcomfy/test', account());
		expect([status, body]).toEqual([200, { balance: expect.any(Number) }]);
	});
});

describe('a stored token', () => {
	it('goes to no address that comes with the request', async () => {
		const { heard, baseUrl, close } = await listen();
		const asked = [
			await get('/runcomfy/deployments', { account: 'cfg', baseUrl }),
			await get('/runcomfy/inputs', { account: 'cfg', baseUrl, deployment: admin.ids.textToImage }),
			await get('/runcomfy/deployments', { account: 'cfg', baseUrl: NAMED.baseUrl }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl, apiToken: ' ' }),
		];
		for (const { status, body } of asked) {
			expect(status).toBe(400);
			expect(body).toMatchObject({ code: 'invalid_input', hint: expect.stringMatching(/Deploy/) });
		}
		expect(heard).toEqual([]);
		close();
	});

	it('is used where the request names the same address', async () => {
		const answer = await post('/runcomfy/test', {
			account: 'cfg',
			baseUrl: `${admin.simulator.url}/`,
		});
		expect(answer.status).toBe(200);
	});

	it('is not taken from a query string', async () => {
		const { status } = await get('/runcomfy/deployments', admin.typed());
		expect(status).toBe(422);
	});
});

describe('runcomfy/check', () => {
	const check = (overrides: object | string, more: object = {}) =>
		post('/runcomfy/check', {
			account: 'cfg',
			deployment: admin.ids.textToImage,
			overrides: typeof overrides === 'string' ? overrides : JSON.stringify(overrides),
			...more,
		});

	it('lists everything that does not fit, and submits nothing', async () => {
		const { status, body } = await check({
			31: { inputs: { steps: 0, sampler_name: 'eular' } },
			66: { inputs: { text: 'a cat' } },
		});
		expect(status).toBe(200);
		expect((body as { findings: object[] }).findings).toMatchObject([
			{ path: '31.inputs.steps', problem: 'out_of_range' },
			{ path: '31.inputs.sampler_name', suggestion: 'euler' },
			{ path: '66', problem: 'unknown_node' },
		]);
		expect(admin.simulator.count('submit')).toBe(0);
	});

	it('finds nothing in what fits', async () => {
		expect((await check({ 6: { inputs: { text: 'a cat' } } })).body).toEqual({
			findings: [],
			warnings: [],
		});
	});

	it('finds partner nodes for which the account has no key', async () => {
		const partner = { deployment: admin.ids.partner };
		const { body } = await check({}, partner);
		expect(body).toMatchObject({
			findings: [
				{
					path: '5',
					problem: 'no_partner_key',
					message: expect.stringMatching(/API key of comfy\.org/),
				},
			],
		});
	});

	it.each([
		['extra data', () => ({ hasExtraData: true })],
		['an account that is being typed', () => admin.typed()],
	])('cannot know of the key with %s', async (_what, more) => {
		const { body } = await check({}, { deployment: admin.ids.partner, ...more() });
		expect(body).toEqual({ findings: [], warnings: [] });
	});

	it('refuses what are no overrides', async () => {
		expect(await check('[1]')).toMatchObject({ status: 400, body: { code: 'invalid_overrides' } });
	});
});

describe('runcomfy/test', () => {
	it('gives the balance', async () => {
		const { status, body } = await post('/runcomfy/test', admin.typed());
		expect([status, body]).toEqual([200, { balance: expect.any(Number) }]);
	});

	it.each([
		['a wrong token', { apiToken: 'wrong-token-1234' }, 422, 'auth_failed'],
		['no address', { baseUrl: 'nowhere' }, 400, 'invalid_input'],
		['an address where nobody listens', { baseUrl: 'http://127.0.0.1:9' }, 503, undefined],
	])('says what is wrong with %s', async (_what, more, status, code) => {
		const answer = await post('/runcomfy/test', admin.typed(more));
		expect(answer.status).toBe(status);
		expect(answer.body).toMatchObject({
			message: expect.stringMatching(/./),
			hint: expect.stringMatching(/./),
			...(code ? { code } : {}),
		});
	});

	it.each([
		[400002, 'insufficient_funds', /^Top up your RunComfy balance, then run it again\.$/],
		[400004, 'auth_failed', /whether the account is active/],
	])('says what is wrong with the account: %i', async (number, code, hint) => {
		const fault = { name: 'error_in_200', on: 'balance', code: number, status: 400 } as const;
		admin.simulator.inject(fault);
		const { status, body } = await post('/runcomfy/test', admin.typed());
		expect(status).toBe(422);
		expect(body).toMatchObject({ code, hint: expect.stringMatching(hint) });
	});

	it('tells a token that was pasted behind the variable of an example, and calls nobody', async () => {
		const apiToken = `\${RUNCOMFY_API_TOKEN}${admin.simulator.token}`;
		const before = admin.simulator.requests.length;
		const { body, text } = await post('/runcomfy/test', admin.typed({ apiToken }));
		expect(body).toMatchObject({
			code: 'auth_failed',
			message: expect.stringContaining('${RUNCOMFY_API_TOKEN} and more'),
			hint: expect.stringContaining('select all'),
		});
		expect(text).not.toContain(admin.simulator.token);
		expect(admin.simulator.requests.length).toBe(before);
	});

	it('keeps the token out of the answer, whatever the service says', async () => {
		admin.simulator.inject({ name: 'token_echo', on: '*', times: 5 });
		const { text, status } = await post('/runcomfy/test', admin.typed());
		expect(status).toBeGreaterThan(499);
		expect(text).not.toContain(admin.simulator.token);
	});

	it('keeps it out of the hint, too, where it stands in the place of something else', async () => {
		const deployment = { id: admin.simulator.token };
		const { text, status } = await post('/runcomfy/inputs', admin.typed({ deployment }));
		expect(status).toBe(400);
		expect(text).toContain('It is now');
		expect(text).not.toContain(admin.simulator.token);
	});

	it('takes no form, which a page of another site could send', async () => {
		const answer = await helper.request().post('/runcomfy/test').type('form').send(admin.typed());
		expect(answer.status).toBe(400);
		expect(await helper.request().post('/runcomfy/test')).toMatchObject({ status: 400 });
		expect(admin.simulator.requests).toEqual([]);
	});
});

const register = dist<(RED: NodeAPI) => void>('node-red/nodes/runcomfy-config/runcomfy-config.cjs');

describe('permissions', () => {
	const asked: string[] = [];
	const route = (method: string) => (path: string, permission: unknown, _handler: unknown) =>
		asked.push(`${method} ${path} ${String(permission)}`);
	register({
		nodes: { registerType: () => undefined },
		settings: {},
		events: { on: () => undefined },
		httpAdmin: { get: route('GET'), post: route('POST') },
		auth: { needsPermission: (name: string) => name },
	} as unknown as NodeAPI);

	it('are asked for by every address: to read for GET, else to write', () => {
		expect(asked).toHaveLength(8);
		for (const line of asked) {
			expect(line).toMatch(
				/^(GET \/runcomfy\/\w+ runcomfy\.read|POST \/runcomfy\/\w+ runcomfy\.write)$/,
			);
		}
	});

	it('let a read-only user of the editor do the one and not the other', () => {
		const { hasPermission } = requireFromRoot('@node-red/editor-api/lib/auth/permissions') as {
			hasPermission(scope: string, permission: string): boolean;
		};
		expect(hasPermission('read', 'runcomfy.read')).toBe(true);
		expect(hasPermission('read', 'runcomfy.write')).toBe(false);
		expect(hasPermission('*', 'runcomfy.write')).toBe(true);
	});
});
