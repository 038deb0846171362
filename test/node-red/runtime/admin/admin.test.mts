// What the dialogs ask the runtime, over HTTP, against the simulator.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { DialogInput } from '../../../../node-red/contract/dialog.cts';
import type * as AccountModule from '../../../../node-red/runtime/account/account.cts';
import type { Simulator, SimulatorOptions } from '../../../../simulator/types.cts';
import { dist, requireFromRoot } from '../../support/dist.mts';

const { createSimulator } = dist<{
	createSimulator(options?: SimulatorOptions): Promise<Simulator>;
}>('simulator/index.cjs');
const registerSet = dist<(RED: NodeAPI) => void>(
	'node-red/nodes/runcomfy-config/runcomfy-config.cjs',
);
const { countAccounts } = dist<typeof AccountModule>('node-red/runtime/account/account.cjs');

helper.init(requireFromRoot.resolve('node-red'));
let simulator: Simulator;
let ids: Simulator['deploymentIds'];
beforeAll(() => helper.startServer());
afterAll(() => helper.stopServer());
beforeEach(async () => {
	simulator = await createSimulator();
	ids = simulator.deploymentIds;
	const { url: baseUrl, token: apiToken } = simulator;
	const accounts = ['cfg', 'bare'].map((id) => ({ id, type: 'runcomfy-config', baseUrl }));
	await helper.load([registerSet], accounts, { cfg: { apiToken } });
});
afterEach(async () => {
	delete process.env['RUNCOMFY_TEST_TOKEN'];
	delete process.env['RUNCOMFY_TEST_URL'];
	await helper.unload();
	await simulator.close();
});

const get = (path: string, query: object) => helper.request().get(path).query(query);
const post = (path: string, body: object) => helper.request().post(path).send(body);
const typed = (more: object = {}) => ({
	account: 'new',
	baseUrl: simulator.url,
	apiToken: simulator.token,
	...more,
});

describe('runcomfy/deployments', () => {
	it('lists those of a deployed account by name', async () => {
		const { status, body } = await get('/runcomfy/deployments', { account: 'cfg' });
		expect(status).toBe(200);
		const { deployments } = body as { deployments: Array<Record<string, unknown>> };
		const names = deployments.map(({ name }) => String(name));
		expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b)));
		expect(deployments).toContainEqual({
			id: ids.textToImage,
			name: expect.any(String),
			disabled: false,
		});
		expect(deployments.find(({ id }) => id === ids.disabled)).toMatchObject({ disabled: true });
	});

	it.each([
		['its address, too', () => ({ baseUrl: '${RUNCOMFY_TEST_URL}' })],
		['the address of a deployed one', () => ({ account: 'bare' })],
	])('takes a new account whose token is a variable, with %s', async (_what, more) => {
		process.env['RUNCOMFY_TEST_TOKEN'] = simulator.token;
		process.env['RUNCOMFY_TEST_URL'] = simulator.url;
		const account = typed({ apiToken: '${RUNCOMFY_TEST_TOKEN}', ...more() });
		const { status, body } = await post('/runcomfy/deployments', account);
		expect([status, Object.keys(body as object)]).toEqual([200, ['deployments']]);
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
		expect(simulator.requests).toEqual([]);
	});
});

describe('a stored token', () => {
	it('goes to no address that comes with the request, nor does a variable', async () => {
		process.env['RUNCOMFY_TEST_TOKEN'] = 'a secret of the environment';
		const apiToken = '${RUNCOMFY_TEST_TOKEN}';
		const heard: unknown[] = [];
		const other = createServer((req, res) => {
			heard.push(req.headers);
			res.end('{}');
		}).listen(0, '127.0.0.1');
		await once(other, 'listening');
		const baseUrl = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
		const asked = [
			await get('/runcomfy/deployments', { account: 'cfg', baseUrl }),
			await get('/runcomfy/inputs', { account: 'cfg', baseUrl, deployment: ids.textToImage }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl, apiToken: ' ' }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl, apiToken }),
			await post('/runcomfy/deployments', { account: 'new', baseUrl, apiToken }),
		];
		for (const { status, body } of asked) {
			expect(status).toBe(400);
			expect(body).toMatchObject({ code: 'invalid_input', hint: expect.stringMatching(/Deploy/) });
		}
		expect(heard).toEqual([]);
		other.close();
	});

	it('is used where the request names the same address', async () => {
		const answer = await post('/runcomfy/test', { account: 'cfg', baseUrl: `${simulator.url}/` });
		expect(answer.status).toBe(200);
	});

	it('is not taken from a query string', async () => {
		const { status } = await get('/runcomfy/deployments', typed());
		expect(status).toBe(422);
	});
});

describe('runcomfy/inputs', () => {
	const read = async (deployment: string) =>
		(
			(await get('/runcomfy/inputs', { account: 'cfg', deployment })).body as {
				inputs: DialogInput[];
			}
		).inputs;

	it('describes the workflow of a deployment, the likely ones first', async () => {
		const inputs = await read(ids.textToImage);
		expect(inputs[0]).toMatchObject({
			nodeId: '6',
			input: 'text',
			label: expect.stringMatching(/^6 · .+ → text$/),
			spec: { kind: 'string' },
			likely: true,
			seed: false,
			saved: expect.any(String),
		});
		const of = (name: string) => inputs.find(({ input }) => input === name);
		expect(of('seed')).toMatchObject({ seed: true, spec: { kind: 'integer', min: 0 } });
		expect(of('steps')?.spec).toMatchObject({ kind: 'integer', min: 1, max: expect.any(Number) });
		expect(of('sampler_name')?.spec.choices).toContain('euler');
	});

	it('takes the address of a deployment’s page', async () => {
		const url = `https://www.runcomfy.com/comfyui-api/deployments/${ids.textToImage}`;
		expect(await read(url)).toEqual(await read(ids.textToImage));
	});

	it('of 300 nodes stay within a megabyte', async () => {
		const { text } = await get('/runcomfy/inputs', { account: 'cfg', deployment: ids.large });
		expect(JSON.parse(text).inputs.length).toBeGreaterThan(150);
		expect(text.length).toBeLessThan(1024 * 1024);
	});

	it('of a pasted workflow need no account, and keep the digits of a seed', async () => {
		const seed = '18446744073709551615';
		const workflow = `{"3":{"class_type":"KSampler","inputs":{"seed":${seed},"model":["4",0]}}}`;
		const { status, body } = await post('/runcomfy/inputs', { workflow });
		expect(status).toBe(200);
		expect(body).toMatchObject({ inputs: [{ nodeId: '3', input: 'seed', saved: seed }] });
		expect(simulator.requests).toEqual([]);
	});

	it('of a pasted workflow take their types from the deployment where it is known', async () => {
		const workflow = '{"3":{"class_type":"KSampler","inputs":{"steps":20}}}';
		const account = { account: 'cfg', deployment: ids.textToImage };
		const known = await post('/runcomfy/inputs', { ...account, workflow });
		expect(known.body).toMatchObject({ inputs: [{ spec: { kind: 'integer', min: 1 } }] });
		const unknown = await post('/runcomfy/inputs', { account: 'x', deployment: 'y', workflow });
		expect(unknown.body).toMatchObject({ inputs: [{ spec: { kind: 'integer' } }] });
	});

	const editor = JSON.stringify({
		nodes: [{ id: 2, type: 'EmptySD3LatentImage', widgets_values: [512, 768, 1] }],
		links: [],
	});

	it('of a workflow in the editor’s format are those of the graph that it becomes, which comes along', async () => {
		const account = { account: 'cfg', deployment: ids.textToImage };
		const { status, body } = await post('/runcomfy/inputs', { ...account, workflow: editor });
		expect(status).toBe(200);
		const { inputs, workflow } = body as { inputs: { input: string }[]; workflow: string };
		expect(inputs.map(({ input }) => input)).toEqual(['width', 'height', 'batch_size']);
		expect(JSON.parse(workflow)).toMatchObject({ 2: { inputs: { width: 512, height: 768 } } });
	});

	it('of the editor’s format need a deployment, and name what cannot be converted', async () => {
		const { status, body } = await post('/runcomfy/inputs', { workflow: editor });
		expect(status).toBe(400);
		expect(body).toMatchObject({
			message: expect.stringMatching(/editor format/),
			hint: expect.stringMatching(/Choose the account and the deployment first/),
		});
		const unknown = editor.replace('[512', '["x", 512');
		const account = { account: 'cfg', deployment: ids.textToImage };
		const refused = await post('/runcomfy/inputs', { ...account, workflow: unknown });
		expect(refused.body).toMatchObject({
			message: expect.stringMatching(/2 · .* has "x" for width/),
		});
	});

	it.each([
		['{"nodes":[],"links":[]}', /editor format/, /Export \(API\)/],
		['{"nodes"', /not valid JSON/, /commas/],
		['{}', /holds no nodes/, /Export \(API\)/],
	])('explain what is wrong with %s', async (workflow, message, hint) => {
		const { status, body } = await post('/runcomfy/inputs', { workflow });
		expect(status).toBe(400);
		expect(body).toMatchObject({
			message: expect.stringMatching(message),
			hint: expect.stringMatching(hint),
		});
	});

	it('of a deployment that is not there are a 404', async () => {
		const answer = await get('/runcomfy/inputs', { account: 'cfg', deployment: 'nobody' });
		expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
	});
});

describe('runcomfy/check', () => {
	const check = (overrides: object | string) =>
		post('/runcomfy/check', {
			account: 'cfg',
			deployment: ids.textToImage,
			overrides: typeof overrides === 'string' ? overrides : JSON.stringify(overrides),
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
		expect(simulator.count('submit')).toBe(0);
	});

	it('finds nothing in what fits', async () => {
		expect((await check({ 6: { inputs: { text: 'a cat' } } })).body).toEqual({
			findings: [],
			warnings: [],
		});
	});

	it('refuses what are no overrides', async () => {
		expect(await check('[1]')).toMatchObject({ status: 400, body: { code: 'invalid_overrides' } });
	});
});

describe('runcomfy/test', () => {
	it('gives the balance', async () => {
		const { status, body } = await post('/runcomfy/test', typed());
		expect([status, body]).toEqual([200, { balance: expect.any(Number) }]);
	});

	it.each([
		['a wrong token', { apiToken: 'wrong-token-1234' }, 422, 'auth_failed'],
		['a variable that is not set', { apiToken: '${RUNCOMFY_TEST_TOKEN}' }, 422, 'auth_failed'],
		['no address', { baseUrl: 'nowhere' }, 400, 'invalid_input'],
		['an address where nobody listens', { baseUrl: 'http://127.0.0.1:9' }, 503, undefined],
	])('says what is wrong with %s', async (_what, more, status, code) => {
		const answer = await post('/runcomfy/test', typed(more));
		expect(answer.status).toBe(status);
		expect(answer.body).toMatchObject({
			message: expect.stringMatching(/./),
			hint: expect.stringMatching(/./),
			...(code ? { code } : {}),
		});
	});

	it('keeps the token out of the answer, whatever the service says', async () => {
		simulator.inject({ name: 'token_echo', on: '*', times: 5 });
		const { text, status } = await post('/runcomfy/test', typed());
		expect(status).toBeGreaterThan(499);
		expect(text).not.toContain(simulator.token);
	});

	it('keeps it out of the hint, too, where it stands in the place of something else', async () => {
		const deployment = { id: simulator.token };
		const { text, status } = await post('/runcomfy/inputs', typed({ deployment }));
		expect(status).toBe(400);
		expect(text).toContain('It is now');
		expect(text).not.toContain(simulator.token);
	});

	it('leaves no account open', async () => {
		const before = countAccounts();
		await post('/runcomfy/test', typed({ apiToken: 'another-token-1' }));
		expect(countAccounts()).toBe(before);
	});

	it('takes no form, which a page of another site could send', async () => {
		const answer = await helper.request().post('/runcomfy/test').type('form').send(typed());
		expect(answer.status).toBe(400);
		expect(await helper.request().post('/runcomfy/test')).toMatchObject({ status: 400 });
		expect(simulator.requests).toEqual([]);
	});
});
