// The sources of values, including workflows and inputs by name, and the handling of invalid values.
import { afterEach, describe, expect, it } from '@jest/globals';
import { dataUri, PNG } from '../../../support/pictures.mts';
import { TOKEN, useFlows } from '../../support/rig.mts';

const start = useFlows();
const VARIABLES = ['RUNCOMFY_TEST_TOKEN', 'RUNCOMFY_TEST_ID'];
afterEach(() => VARIABLES.forEach((name) => delete process.env[name]));

async function submit(fields: Record<string, unknown>, msg: object) {
	const flow = await start('runcomfy-submit', fields);
	flow.ask(msg);
	await flow.ended();
	return flow;
}

const OVERRIDES = { 6: { inputs: { text: 'a cat' } } };

describe('overrides', () => {
	it.each([
		['an object in msg.payload', {}, { payload: OVERRIDES }],
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
		expect(flow.bodies()).toEqual([{ overrides: OVERRIDES }]);
	});

	it.each([
		['a text in msg.payload', { payload: 'a cat' }],
		['a Buffer', { payload: Buffer.from('a') }],
		['null', { overrides: null }],
	])('are none with %s', async (_what, msg) => {
		expect((await submit({}, msg)).bodies()).toEqual([{ overrides: {} }]);
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
		['no inputs', { 6: { text: 'a' } }, 'invalid_overrides', 'comes from msg.overrides'],
		['a cycle', { 6: cyclic }, 'invalid_input', 'circular reference'],
		['a throwing getter', throwing, 'invalid_input', 'no prompt today'],
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
	it.each([
		[{}, undefined, 'msg.deploymentId'],
		[{ deploymentId: 'topic', deploymentIdType: 'flow' }, 'x', 'flow.topic'],
		[{ deploymentId: 'NOT_SET', deploymentIdType: 'env' }, 'x', 'environment variable NOT_SET'],
	])(
		'that are missing (%j) say where they were looked for',
		async (fields, deploymentId, where) => {
			const flow = await submit(fields, { deploymentId });
			expect(flow.caught).toMatchObject([
				{ error: { code: 'invalid_input', message: expect.stringContaining(where) } },
			]);
		},
	);

	it.each(['str', undefined])(
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
});

describe('other fields', () => {
	it.each([
		[{ webhook: 'a', webhookType: 'msg' }, 'msg.a is a value of type object'],
		[
			{ overrides: '$nope(', overridesType: 'jsonata' },
			'The field overrides could not be read: the expression $nope(: Expected ")"',
		],
		[
			{ deploymentId: 'nope.deep', deploymentIdType: 'msg' },
			'The field deploymentId could not be read: msg.nope.deep does not exist, because msg.nope is undefined',
		],
		[{ deploymentId: 'a.[', deploymentIdType: 'msg' }, 'could not be read: msg.a.['],
	])('%j are refused', async (fields, words) => {
		const flow = await submit(fields, { a: {} });
		expect(flow.caught).toMatchObject([
			{ error: { code: 'invalid_input', message: expect.stringContaining(words) } },
		]);
		expect(flow.simulator.requests).toEqual([]);
	});

	it.each([{ timeout: '-1', timeoutType: 'num' }, { timeout: 'soon' }, { output: 'pictures' }])(
		'%j is refused before anything is submitted',
		async (fields) => {
			const flow = await start('runcomfy-run', fields);
			flow.ask({ x: 'large' });
			await flow.ended();
			expect(flow.caught).toMatchObject([{ error: { code: 'invalid_input' } }]);
			expect(flow.simulator.requests).toEqual([]);
		},
	);
});

describe('environment variables', () => {
	it('give the token, the base URL and whole fields', async () => {
		process.env['RUNCOMFY_TEST_TOKEN'] = TOKEN;
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

	it.each(['RUNCOMFY_TEST_NOT_SET', 'RUNCOMFY_TEST_EMPTY'])('are named: %s', async (name) => {
		process.env['RUNCOMFY_TEST_EMPTY'] = '';
		const credentials = { apiToken: `\${${name}}` };
		const flow = await start('runcomfy-submit', {}, { credentials });
		flow.receive({ deploymentId: 'd' });
		await flow.ended();
		expect(flow.caught).toMatchObject([
			{
				error: {
					code: 'auth_failed',
					message: expect.stringContaining(`${name} is not set`),
					cause: { hint: 'Set it and restart Node-RED, or paste the token.' },
				},
			},
		]);
	});
});

/** Submits another graph on the deployment's machine. */
const submitWorkflow = (msg: object, fields: Record<string, unknown> = {}) =>
	submit({ workflow: 'workflow', workflowType: 'msg', ...fields }, msg);

const GRAPH = {
	'1': { inputs: { image: 'example.png' }, class_type: 'LoadImage', _meta: { title: 'Photo' } },
	'2': {
		inputs: { width: 512, height: 512, batch_size: 1 },
		class_type: 'EmptySD3LatentImage',
		_meta: { title: 'Size' },
	},
	'3': { inputs: { images: ['1', 0] }, class_type: 'PreviewImage', _meta: { title: 'Look' } },
};

describe('the field Workflow', () => {
	it.each<[string, unknown]>([
		['a JSON file', Buffer.from(JSON.stringify(GRAPH))],
		['bytes that are no Buffer', new Uint8Array(Buffer.from(JSON.stringify(GRAPH)))],
	])('may be %s', async (_what, workflow) => {
		const flow = await submitWorkflow({ workflow });
		expect(flow.caught).toEqual([]);
		expect(flow.bodies()).toEqual([{ workflow_api_json: GRAPH }]);
	});
});

describe('on top of the workflow', () => {
	it('go overrides, and files as Buffers', async () => {
		const overrides = { 1: { inputs: { image: PNG } }, 2: { inputs: { width: 1024 } } };
		const flow = await submitWorkflow({ workflow: GRAPH, overrides });
		const size = { ...GRAPH['2'], inputs: { ...GRAPH['2'].inputs, width: 1024 } };
		expect(flow.bodies()).toEqual([
			{
				workflow_api_json: { ...GRAPH, '2': size },
				overrides: { 1: { inputs: { image: dataUri('image/png', PNG) } } },
			},
		]);
	});
});

const row = (input: string, type: string, value = '') => ({
	nodeId: '',
	input,
	type,
	value,
	label: input,
});

async function run(fields: object, msg: object) {
	const flow = await start('runcomfy-run', { inputMode: 'rows', ...fields });
	flow.receive({ deploymentId: flow.simulator.deploymentIds.lora, ...msg });
	await flow.ended();
	return flow;
}

describe('a LoRA deployment', () => {
	it('takes an object from the message, and lets msg.overrides win over rows', async () => {
		const alone = await run({ inputMode: 'json' }, { payload: { prompt: 'a boat' } });
		expect(alone.bodies()).toEqual([{ prompt: 'a boat' }]);
		await alone.stop();
		const beside = await run(
			{ rows: [row('prompt', 'msg', 'payload.text'), row('seed', 'num', '1')] },
			{ payload: { text: 'a boat' }, overrides: { seed: 2 } },
		);
		expect(beside.bodies()).toEqual([{ prompt: 'a boat', seed: 2 }]);
	});
});
