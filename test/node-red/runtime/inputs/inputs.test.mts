// Where values come from, and what happens to impossible ones.
import { afterEach, describe, expect, it } from '@jest/globals';
import { type TestFlow, useFlows } from '../../support/rig.mts';

const start = useFlows();
const VARIABLES = ['RUNCOMFY_TEST_TOKEN', 'RUNCOMFY_TEST_ID'];
afterEach(() => VARIABLES.forEach((name) => delete process.env[name]));

const submits = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

async function submit(fields: Record<string, unknown>, msg: object | ((flow: TestFlow) => object)) {
	const flow = await start('runcomfy-submit', fields);
	const deploymentId = flow.simulator.deploymentIds.textToImage;
	flow.receive({ deploymentId, ...(typeof msg === 'function' ? msg(flow) : msg) });
	await flow.ended();
	return flow;
}

const OVERRIDES = { 6: { inputs: { text: 'a cat' } } };
const BIG = '18446744073709551615';

describe('overrides', () => {
	it.each([
		['msg.overrides', {}, { overrides: OVERRIDES, payload: { not: 'these' } }],
		['an object in msg.payload', {}, { payload: OVERRIDES }],
		['text', {}, { overrides: JSON.stringify(OVERRIDES) }],
		['a property', { overrides: 'a.b', overridesType: 'msg' }, { a: { b: OVERRIDES } }],
		['JSON', { overrides: JSON.stringify(OVERRIDES), overridesType: 'json' }, {}],
		[
			'JSONata',
			{ overrides: '{"6": {"inputs": {"text": payload}}}', overridesType: 'jsonata' },
			{ payload: 'a cat' },
		],
	])('come from %s', async (_source, fields, msg) => {
		const flow = await submit(fields, msg);
		expect(flow.caught).toEqual([]);
		expect(submits(flow)).toEqual([{ overrides: OVERRIDES }]);
	});

	it.each([
		['nothing', {}],
		['a text in msg.payload', { payload: 'a cat' }],
		['a time stamp', { payload: 1767225600000 }],
		['a Buffer', { payload: Buffer.from('a') }],
		['a list', { payload: [1] }],
		['null', { overrides: null }],
	])('are none with %s', async (_what, msg) => {
		expect(submits(await submit({}, msg))).toEqual([{ overrides: {} }]);
	});

	it('keep a seed of 64 bits exact in JSON text, and text on the message', async () => {
		const text = `{"31":{"inputs":{"seed":${BIG}}}}`;
		const flow = await submit({ overrides: text, overridesType: 'json' }, {});
		expect(submits(flow)).toEqual([{ overrides: { 31: { inputs: { seed: BigInt(BIG) } } } }]);
		expect(flow.sent[0]).toHaveProperty('runcomfy.seeds', { 31: BIG });
	});

	it('take a BigInt from a function node as it is', async () => {
		const flow = await submit({}, { overrides: { 31: { inputs: { seed: BigInt(BIG) } } } });
		expect(submits(flow)).toEqual([{ overrides: { 31: { inputs: { seed: BigInt(BIG) } } } }]);
	});

	it('turn a Buffer into a data URI, and warn when it is large', async () => {
		const picture = Buffer.alloc(300 * 1024);
		Buffer.from('89504e470d0a1a0a', 'hex').copy(picture);
		const flow = await submit({}, (test) => ({
			deploymentId: test.simulator.deploymentIds.imageEdit,
			overrides: { 189: { inputs: { image: picture } } },
		}));
		expect(flow.caught).toEqual([]);
		const [job] = flow.simulator.jobs.values();
		expect(job?.graph['189']?.inputs['image']).toMatch(/^data:image\/png;base64,iVBOR/);
		expect(flow.sent[0]).toHaveProperty('runcomfy.warnings', [
			expect.stringMatching(/node 189, input image, has 300 KB; RunComfy recommends/),
		]);
		expect(flow.warned).toEqual([expect.stringContaining('300 KB')]);
	});

	const cyclic: Record<string, unknown> = { inputs: {} };
	cyclic['inputs'] = { self: cyclic };
	const throwing = Object.defineProperty({}, '6', {
		enumerable: true,
		get: () => {
			throw new Error('no prompt today');
		},
	});

	it.each([
		['bad JSON', '{"6":', 'invalid_input', 'not valid JSON'],
		['a list', [], 'invalid_overrides', 'must be an object'],
		['no inputs', { 6: { text: 'a' } }, 'invalid_overrides', 'read from msg.overrides'],
		['a cycle', { 6: cyclic }, 'invalid_input', 'contain themselves'],
		['a throwing getter', throwing, 'invalid_input', 'no prompt today'],
		['a rounded seed', { 31: { inputs: { seed: 2 ** 60 } } }, 'invalid_input', '2^53'],
		['the editor format', { nodes: [], links: [] }, 'invalid_overrides', 'Export (API)'],
	])('are refused with %s, before anything is sent', async (_what, overrides, code, words) => {
		const flow = await submit({}, { overrides });
		expect(flow.caught).toMatchObject([
			{ error: { code, message: expect.stringContaining(words) } },
		]);
		expect(flow.completed).toEqual([]);
		expect(flow.simulator.requests).toEqual([]);
	});
});

describe('ids', () => {
	it('take the address of the deployment’s page', async () => {
		const flow = await submit({}, ({ simulator }) => ({
			deploymentId: `https://www.runcomfy.com/deployments/${simulator.deploymentIds.text}?tab=api`,
		}));
		expect(flow.sent).toMatchObject([{ deploymentId: flow.simulator.deploymentIds.text }]);
	});

	it.each([
		[{}, undefined, 'msg.deploymentId'],
		[{ deploymentId: 'topic', deploymentIdType: 'flow' }, 'x', 'flow.topic'],
		[{ deploymentId: 'NOT_SET', deploymentIdType: 'env' }, 'x', 'environment variable NOT_SET'],
		[{}, { an: 'object' }, 'msg.deploymentId'],
	])(
		'that are missing (%j) say where they were looked for',
		async (fields, deploymentId, where) => {
			const flow = await submit(fields, { deploymentId });
			expect(flow.caught).toMatchObject([
				{ error: { code: 'invalid_input', message: expect.stringContaining(where) } },
			]);
		},
	);

	it.each(['str', 'msg', 'flow', 'env', undefined])(
		'are read from the message where the field is empty (%s)',
		async (deploymentIdType) => {
			const flow = await submit({ deploymentId: ' ', deploymentIdType }, {});
			expect(flow.caught).toEqual([]);
			expect(flow.sent).toHaveLength(1);
		},
	);

	it('of a request are read from the message where both fields are empty', async () => {
		const flow = await start('runcomfy-status', {
			deploymentId: '',
			deploymentIdType: 'str',
			requestId: '',
			requestIdType: 'str',
		});
		flow.receive({ deploymentId: 'the-deployment', requestId: 'the-request' });
		await flow.ended();
		expect(flow.simulator.requests).toMatchObject([
			{ path: expect.stringMatching(/the-deployment\/requests\/the-request/) },
		]);
	});

	it.each(['../../etc', 'a b', 'a/b', '..'])('%j is refused', async (deploymentId) => {
		const flow = await submit({}, { deploymentId });
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(flow.simulator.requests).toEqual([]);
	});
});

describe('other fields', () => {
	it('extra data go along', async () => {
		const fields = { extraData: '{"api_key_comfy_org":"k"}', extraDataType: 'json' };
		expect(submits(await submit(fields, {}))).toEqual([
			{ overrides: {}, extra_data: { api_key_comfy_org: 'k' } },
		]);
	});

	it.each([
		[{ extraData: '[1]', extraDataType: 'json' }, 'must be a JSON object, not a list'],
		[{ extraData: '{', extraDataType: 'json' }, 'not valid JSON'],
		[{ webhook: 'example.com' }, 'not a web address'],
		[{ webhook: 'a', webhookType: 'msg' }, 'msg.a holds a value of type object'],
		[
			{ workflow: '{"nodes":[],"links":[]}', workflowType: 'json' },
			'This is a workflow as ComfyUI’s editor saves it. In ComfyUI, choose Workflow > Export (API).',
		],
		[
			{ overrides: '$nope(', overridesType: 'jsonata' },
			'The field overrides could not be read: the expression $nope(: Expected ")"',
		],
		[
			{ deploymentId: 'nope.deep', deploymentIdType: 'msg' },
			'The field deploymentId could not be read: msg.nope.deep is not there, because msg.nope is undefined',
		],
		[
			{ deploymentId: 'a["x"].y.z', deploymentIdType: 'msg' },
			'msg.a["x"].y.z is not there, because msg.a.x is undefined',
		],
		[{ deploymentId: 'a.[', deploymentIdType: 'msg' }, 'could not be read: msg.a.['],
	])('%j are refused', async (fields, words) => {
		const flow = await submit(fields, { a: {} });
		expect(flow.caught).toMatchObject([
			{ error: { code: 'invalid_input', message: expect.stringContaining(words) } },
		]);
		expect(flow.simulator.requests).toEqual([]);
	});

	it.each([
		{ timeout: '-1', timeoutType: 'num' },
		{ timeout: 'soon' },
		{ maxFileSize: 'x', maxFileSizeType: 'msg' },
		{ output: 'pictures' },
	])('%j is refused before anything is submitted', async (fields) => {
		const flow = await start('runcomfy-run', fields);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage, x: 'large' });
		await flow.ended();
		expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
		expect(flow.simulator.requests).toEqual([]);
	});
});

describe('environment variables', () => {
	it('give the token, the base URL and whole fields', async () => {
		process.env['RUNCOMFY_TEST_TOKEN'] = 'simulator-token';
		const flow = await start(
			'runcomfy-submit',
			{ deploymentId: '${RUNCOMFY_TEST_ID}', deploymentIdType: 'str' },
			{ credentials: { apiToken: '${RUNCOMFY_TEST_TOKEN}' } },
		);
		process.env['RUNCOMFY_TEST_ID'] = flow.simulator.deploymentIds.textToImage;
		await flow.redeploy('full');
		flow.receive({});
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(flow.sent).toHaveLength(1);
	});

	it('that are not set are named', async () => {
		const flow = await start('runcomfy-submit', {}, { credentials: { apiToken: '${NOT_SET}' } });
		flow.receive({ deploymentId: 'd' });
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{ error: { code: 'auth_failed', message: expect.stringContaining('NOT_SET is not set') } },
		]);
	});
});
