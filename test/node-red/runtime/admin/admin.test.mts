// The dialogs' calls to the runtime, over HTTP, with the simulator: accounts, deployments, models, and the inputs of
// workflows, hosted models and LoRA deployments.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeAPI } from 'node-red';
import helper from 'node-red-node-test-helper';
import type { Answers } from '../../../../node-red/contract/dialog.ts';
import type { Simulator } from '../../../../simulator/index.ts';
import { tokenEcho } from '../../../support/answers.mts';
import { dist } from '../../support/dist.mts';
import { serveHttp } from '../../support/http.mts';
import { useFlows } from '../../support/rig.mts';

const start = useFlows();
let simulator: Simulator;
let ids: Simulator['deploymentIds'];

const NAMED = { apiToken: '${RUNCOMFY_TEST_TOKEN}', baseUrl: '${RUNCOMFY_TEST_URL}' };

/** The account "bare" has no token; "named" takes its token and address from the environment. */
function accounts({ url: baseUrl, token: apiToken }: Simulator) {
	process.env['RUNCOMFY_TEST_TOKEN'] = apiToken;
	process.env['RUNCOMFY_TEST_URL'] = baseUrl;
	const account = { type: 'runcomfy-config', baseUrl };
	return [
		{ ...account, id: 'cfg' },
		{ ...account, id: 'bare', credentials: { apiToken: '' } },
		{ ...account, id: 'keyed', credentials: { apiToken, comfyOrgApiKey: 'comfyui-0123' } },
		{ ...account, id: 'named', baseUrl: NAMED.baseUrl, credentials: { apiToken: NAMED.apiToken } },
	];
}
beforeEach(async () => {
	({ simulator } = await start('runcomfy-run', {}, { flow: accounts }));
	ids = simulator.deploymentIds;
});
afterEach(() => {
	delete process.env['RUNCOMFY_TEST_TOKEN'];
	delete process.env['RUNCOMFY_TEST_URL'];
});

/** An account as typed into its dialog. */
const typed = (more = {}) => ({
	account: 'new',
	baseUrl: simulator.url,
	apiToken: simulator.token,
	...more,
});
const CFG = { account: 'cfg' };
const post = (path: string, body: object) => helper.request().post(path).send(body);

describe('runcomfy/deployments', () => {
	it('lists those of a deployed account by name', async () => {
		const { status, body } = await post('/runcomfy/deployments', CFG);
		expect(status).toBe(200);
		const { deployments } = body as { deployments: Array<Record<string, unknown>> };
		expect(deployments).toContainEqual({
			id: ids.textToImage,
			name: expect.any(String),
			disabled: false,
			ambiguous: false,
		});
		expect(deployments.find(({ id }) => id === ids.disabled)).toMatchObject({
			disabled: true,
		});
	});

	it.each([
		['an unknown one', { account: 'nobody' }, /its token is unknown/],
		['one without a token', { account: 'bare' }, /has no API token/],
	])('says of %s what is missing', async (_what, query, message) => {
		const answer = await post('/runcomfy/deployments', query);
		expect(answer.status).toBe(422);
		expect(answer.body).toEqual({
			code: 'auth_failed',
			message: expect.stringMatching(message),
			hint: expect.any(String),
		});
		expect(simulator.requests).toEqual([]);
	});
});

/** A server that is not RunComfy, and the requests that reached it. */
async function listen() {
	const heard: unknown[] = [];
	const { url: baseUrl, close } = await serveHttp(() => (request, answer) => {
		heard.push(request.headers);
		answer.end('{}');
	});
	return { heard, baseUrl, close };
}

describe('a variable of the environment', () => {
	it('is not read for what is typed: neither for an error nor for an address', async () => {
		process.env['RUNCOMFY_TEST_SECRET'] = 'a secret of the environment';
		const secret = '${RUNCOMFY_TEST_SECRET}';
		const other = await listen();
		process.env['RUNCOMFY_TEST_URL'] = other.baseUrl;
		for (const path of ['test', 'deployments', 'models', 'inputs']) {
			const deployment = ids.textToImage;
			const asked = [
				await post(`/runcomfy/${path}`, { deployment, ...typed({ baseUrl: secret }) }),
				await post(`/runcomfy/${path}`, { deployment, ...typed({ apiToken: secret }) }),
				await post(`/runcomfy/${path}`, { deployment, ...NAMED, apiToken: secret }),
				await post(`/runcomfy/${path}`, { deployment, ...typed({ baseUrl: NAMED.baseUrl }) }),
			];
			for (const { status, body, text } of asked) {
				expect(status).toBe(422);
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
		expect(simulator.requests).toEqual([]);
	});

	it.each([
		['as its dialog shows it', () => ({ account: 'named', baseUrl: NAMED.baseUrl })],
		['with a token that was typed', () => typed({ account: 'named', baseUrl: NAMED.baseUrl })],
	])('is read for a deployed account, %s', async (_what, account) => {
		const { status, body } = await post('/runcomfy/test', account());
		expect([status, body]).toEqual([200, { balance: expect.any(Number) }]);
	});
});

describe('a stored token', () => {
	it('goes to no address that comes with the request', async () => {
		const { heard, baseUrl, close } = await listen();
		const asked = [
			await post('/runcomfy/deployments', { account: 'cfg', baseUrl }),
			await post('/runcomfy/inputs', { account: 'cfg', baseUrl, deployment: ids.textToImage }),
			await post('/runcomfy/deployments', { account: 'cfg', baseUrl: NAMED.baseUrl }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl }),
			await post('/runcomfy/test', { account: 'cfg', baseUrl, apiToken: ' ' }),
		];
		for (const { status, body } of asked) {
			expect(status).toBe(422);
			expect(body).toMatchObject({ code: 'invalid_input', hint: expect.stringMatching(/Deploy/) });
		}
		expect(heard).toEqual([]);
		close();
	});

	it('is used where the request names the same address', async () => {
		const answer = await post('/runcomfy/test', {
			account: 'cfg',
			baseUrl: `${simulator.url}/`,
		});
		expect(answer.status).toBe(200);
	});
});

describe('runcomfy/test', () => {
	it('gives the balance', async () => {
		const { status, body } = await post('/runcomfy/test', typed());
		expect([status, body]).toEqual([200, { balance: expect.any(Number) }]);
	});

	it.each([
		['a wrong token', { apiToken: 'wrong-token-1234' }, 'auth_failed'],
		['no address', { baseUrl: 'nowhere' }, 'invalid_input'],
		['an address where nobody listens', { baseUrl: 'http://127.0.0.1:9' }, undefined],
	])('says what is wrong with %s', async (_what, more, code) => {
		const answer = await post('/runcomfy/test', typed(more));
		// Not 401 or 403, which the editor would take as an answer to its own login.
		expect(answer.status).toBe(422);
		expect(answer.body).toMatchObject({
			message: expect.stringMatching(/./),
			hint: expect.stringMatching(/./),
			...(code ? { code } : {}),
		});
	});

	it.each([
		[
			'RUNCOMFY_TEST_UNSET',
			'RUNCOMFY_TEST_UNSET is not set',
			'Set it and restart Node-RED, or paste the token.',
		],
		// Whoever may call this route may not be allowed to read the environment.
		[
			'PATH',
			'The API token is an environment variable, which Node-RED reads only during a deploy',
			'Deploy first, or enter the API token itself.',
		],
	])(
		'says of a variable that is typed whether it is set, and does not read it: %s',
		async (name, message, hint) => {
			const before = simulator.requests.length;
			const { body } = await post('/runcomfy/test', typed({ apiToken: `\${${name}}` }));
			expect(body).toEqual({ code: expect.any(String), message, hint });
			expect(simulator.requests.length).toBe(before);
		},
	);

	it('tells a token that was pasted behind the variable of an example, and calls nobody', async () => {
		const apiToken = `\${RUNCOMFY_API_TOKEN}${simulator.token}`;
		const before = simulator.requests.length;
		const { body, text } = await post('/runcomfy/test', typed({ apiToken }));
		expect(body).toMatchObject({
			code: 'auth_failed',
			message: expect.stringContaining('contains more than ${RUNCOMFY_API_TOKEN}'),
			hint: expect.stringContaining('whole contents'),
		});
		expect(text).not.toContain(simulator.token);
		expect(simulator.requests.length).toBe(before);
	});

	it('keeps the token out of the answer, whatever the service says', async () => {
		simulator.inject(tokenEcho(simulator.token, { times: 5 }));
		const { text, status } = await post('/runcomfy/test', typed());
		expect(status).toBe(422);
		expect(text).not.toContain(simulator.token);
	});

	it('keeps it out of the hint, too, where it stands in the place of something else', async () => {
		const deployment = { id: simulator.token };
		const { text, status } = await post('/runcomfy/inputs', typed({ deployment }));
		expect(status).toBe(422);
		expect(text).toContain('Current value');
		expect(text).not.toContain(simulator.token);
	});

	it('takes no form, which a page of another site could send', async () => {
		const answer = await helper.request().post('/runcomfy/test').type('form').send(typed());
		expect(answer.status).toBe(422);
		expect(await helper.request().post('/runcomfy/test')).toMatchObject({ status: 422 });
		expect(simulator.requests).toEqual([]);
	});
});

describe('the partner nodes of a workflow', () => {
	const partnerOf = async (query: object) =>
		((await post('/runcomfy/inputs', query)).body as { partner?: unknown }).partner;

	it('are told, and whether the account has a key', async () => {
		const query = { ...CFG, deployment: ids.partner };
		const nodes = ['5 · ByteDance Seedream', '6 · Kling Image to Video'];
		expect(await partnerOf(query)).toEqual({ nodes, keyed: false });
		expect(await partnerOf({ ...query, account: 'keyed' })).toMatchObject({ keyed: true });
	});

	it('whether a typed account has a key is not known', async () => {
		const { body } = await post('/runcomfy/inputs', typed({ deployment: ids.partner }));
		expect(body).not.toHaveProperty('partner.keyed');
		expect(body).toHaveProperty('partner.nodes');
	});
});

describe('runcomfy/inputs', () => {
	const read = async (of: object) =>
		((await post('/runcomfy/inputs', { ...CFG, ...of })).body as Answers['inputs']).inputs;

	it('describes the workflow of a deployment, the likely ones first', async () => {
		const inputs = await read({ deployment: ids.textToImage });
		expect(inputs[0]).toMatchObject({
			nodeId: '6',
			input: 'text',
			label: 'Positive Prompt',
			path: '6 · Positive Prompt (CLIPTextEncode) → text',
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

	it.each([
		['of many nodes', 2_001, ['text']],
		['of many inputs', 1_001, ['a', 'b', 'c', 'd', 'e']],
		['that is listed as a whole', 2_000, ['text']],
	])('says of a workflow %s (%i) whether it lists all', async (_what, count, names) => {
		const inputs = Object.fromEntries(names.map((name) => [name, 1]));
		const node = { class_type: 'Any', inputs };
		const nodes = Array.from({ length: count }, (_, n) => [String(n), node]);
		const workflow = JSON.stringify(Object.fromEntries(nodes));
		const { body } = await post('/runcomfy/inputs', { workflow });
		expect((body as Answers['inputs']).partial).toBe(count === 2_000 ? undefined : true);
	});

	it('of the workflow in the field need no account, and keep the digits of a seed', async () => {
		const seed = '18446744073709551615';
		const workflow = `{"3":{"class_type":"KSampler","inputs":{"seed":${seed},"model":["4",0]}}}`;
		const { status, body } = await post('/runcomfy/inputs', { workflow });
		expect(status).toBe(200);
		expect(body).toMatchObject({ inputs: [{ nodeId: '3', input: 'seed', saved: seed }] });
		expect(simulator.requests).toEqual([]);
	});

	it('of the workflow in the field take their types from the deployment where it is known', async () => {
		const workflow = '{"3":{"class_type":"KSampler","inputs":{"steps":20}}}';
		const account = { ...CFG, deployment: ids.textToImage };
		const known = await post('/runcomfy/inputs', { ...account, workflow });
		expect(known.body).toMatchObject({ inputs: [{ spec: { kind: 'integer', min: 1 } }] });
		const unknown = await post('/runcomfy/inputs', { account: 'x', deployment: 'y', workflow });
		expect(unknown.body).toMatchObject({ inputs: [{ spec: { kind: 'integer' } }] });
		expect(JSON.stringify(unknown.body)).not.toContain('"min"');
	});

	it('of a model come from its schema, what it needs first', async () => {
		const inputs = await read({ model: simulator.modelIds.textToImage });
		expect(inputs[0]).toMatchObject({
			nodeId: '',
			input: 'prompt',
			label: 'Prompt',
			path: 'prompt',
			spec: { kind: 'string' },
			likely: true,
		});
		expect(inputs.filter(({ required }) => required).map(({ input }) => input)).toEqual(['prompt']);
		const scale = inputs.find(({ input }) => input === 'guidance_scale');
		expect(scale).toMatchObject({ saved: '2.5', spec: { kind: 'float', min: 0, max: 20 } });
	});

	it('of a LoRA deployment are not known, and that is not an error', async () => {
		const { status, body } = await post('/runcomfy/inputs', { ...CFG, deployment: ids.lora });
		expect([status, body]).toEqual([200, { inputs: [], lora: 'certain' }]);
	});
});

describe('runcomfy/models', () => {
	const find = async (query: object) =>
		(await post('/runcomfy/models', { ...CFG, ...query })).body as Answers['models'];

	it('are searched by RunComfy, and named with category and price', async () => {
		const { models } = await find({ search: 'flux' });
		const { textToImage } = simulator.modelIds;
		expect(models).toContainEqual({
			id: textToImage,
			name: 'FLUX.2 flash',
			price: '$0.012 / image',
			label: 'FLUX.2 flash · $0.012 / image · text to image',
			description: expect.any(String),
		});
		expect(models.length).toBeLessThan((await find({})).models.length);
	});

	it('is found by the address of its page, to name one that is chosen', async () => {
		const { imageEdit } = simulator.modelIds;
		const model = `https://www.runcomfy.com/models/${imageEdit}`;
		expect((await find({ model })).models).toMatchObject([{ id: imageEdit }]);
	});
});

it('every address asks for the permission to write', () => {
	const asked: string[] = [];
	dist<(RED: NodeAPI) => void>('node-red/nodes/runcomfy-config/runcomfy-config.js')({
		nodes: { registerType: () => undefined },
		settings: {},
		events: { on: () => undefined },
		httpAdmin: {
			post: (path: string, permission: unknown) => asked.push(`${path} ${String(permission)}`),
		},
		auth: { needsPermission: (name: string) => name },
	} as unknown as NodeAPI);
	expect(asked).toEqual(
		['deployments', 'models', 'inputs', 'test'].map((name) => `/runcomfy/${name} runcomfy.write`),
	);
});
