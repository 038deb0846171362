// Rows of the dialog: their sources, conversion and refusal; and workflows with partner nodes.
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../../../node-red/contract/dialog.ts';
import type { Fault } from '../../../../simulator/index.ts';
import { eventually } from '../../../support/expect.mts';
import { type TestFlow, useFlows, useUserDir } from '../../support/rig.mts';

const start = useFlows();
const BIG = '18446744073709551615';
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

const row = (nodeId: string, input: string, type: string, value = '', more: object = {}): Row => ({
	nodeId,
	input,
	type,
	value,
	...more,
});

async function submit(
	rows: unknown,
	msg: object = {},
	{ type = 'runcomfy-submit', deployment = 'textToImage', fields = {} }: Options = {},
) {
	const flow = await start(type, { rows, checkInputs: true, ...fields });
	flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg });
	await flow.ended();
	return flow;
}

interface Options {
	type?: 'runcomfy-submit' | 'runcomfy-run';
	deployment?: 'textToImage' | 'imageEdit';
	fields?: Record<string, unknown>;
}

describe('a row', () => {
	it.each([
		['a number as text', row('31', 'steps', 'str', '20'), 20],
		['a number', row('31', 'steps', 'num', '20'), 20],
		['a seed beyond 2^53', row('31', 'seed', 'num', BIG), BigInt(BIG)],
		['a choice', row('31', 'sampler_name', 'choice', 'euler'), 'euler'],
		['a property that is a number as text', row('31', 'steps', 'msg', 'payload.steps'), 12],
		['JSONata', row('6', 'text', 'jsonata', '"two " & payload.prompt'), 'two a cat'],
	])('takes %s', async (_what, given, value) => {
		const flow = await submit([given], { payload: { prompt: 'a cat', steps: '12' } });
		expect(flow.caught).toEqual([]);
		const overrides = { [given.nodeId]: { inputs: { [given.input]: value } } };
		expect(flow.bodies()).toEqual([{ overrides }]);
	});

	it('draws a seed again for each run, and tells it', async () => {
		const flow = await submit([row('31', 'seed', 'random')]);
		flow.ask();
		await flow.ended(2);
		const told = flow.sent.map((msg) => msg['runcomfy'] as { seeds: Record<string, number> });
		const drawn = told.map(({ seeds }) => seeds['31']);
		expect(drawn).toEqual([expect.any(Number), expect.any(Number)]);
		expect(drawn[0]).not.toBe(drawn[1]);
		expect(flow.bodies()).toEqual(
			drawn.map((seed) => ({ overrides: { 31: { inputs: { seed } } } })),
		);
	});

	it.each<[string, unknown]>([
		['a Uint8Array', new Uint8Array(PNG)],
		['an ArrayBuffer', new Uint8Array(PNG).buffer],
		['a part of one', new DataView(new Uint8Array([9, ...PNG, 9]).buffer, 1, PNG.length)],
		['a Buffer as JSON writes it', PNG.toJSON()],
	])('sends %s as a data URI', async (_what, payload) => {
		const flow = await submit(
			[row('189', 'image', 'msg', 'payload')],
			{ payload },
			{ deployment: 'imageEdit' },
		);
		expect(flow.caught).toEqual([]);
		expect(flow.bodies()).toEqual([
			{
				overrides: {
					189: { inputs: { image: `data:image/png;base64,${PNG.toString('base64')}` } },
				},
			},
		]);
	});

	it.each<[string, unknown, RegExp]>([
		['a stream', Readable.from(['x']), /There is a stream in .*Image.*a Buffer, a URL or/],
		['a Blob', new Blob([PNG]), /a Blob or an unread answer in /],
		['a function', () => PNG, /a function in /],
		['a local path', '/home/me/cat.png', /bytes of a file, not the path "\/home\/me\/cat.png"/],
	])('that gives %s is refused before anything is sent', async (_what, given, said) => {
		const rows = [row('189', 'image', 'msg', 'payload', { label: 'Image' })];
		for (const checkInputs of [true, false]) {
			const flow = await submit(
				rows.map((one) => ({ ...one, spec: { kind: 'media' } })),
				{ payload: given },
				{ deployment: 'imageEdit', fields: { checkInputs } },
			);
			const { message, cause } = flow.caught[0]?.error ?? {};
			expect(`${message} ${String(cause?.['hint'])}`).toMatch(said);
			expect(flow.bodies()).toEqual([]);
			await flow.stop();
		}
	});
});

describe('rows', () => {
	it('come first, msg.overrides over them, and an object in msg.payload is none of them', async () => {
		const flow = await submit([row('6', 'text', 'str', 'a cat'), row('31', 'steps', 'num', '9')], {
			payload: { some: 'thing' },
			overrides: { 31: { inputs: { steps: 11, cfg: 2 } } },
		});
		expect(flow.bodies()).toEqual([
			{ overrides: { 6: { inputs: { text: 'a cat' } }, 31: { inputs: { steps: 11, cfg: 2 } } } },
		]);
	});

	it.each([[[]], [undefined], ['']])('%j are none: msg.overrides counts', async (rows) => {
		const overrides = { 6: { inputs: { text: 'a cat' } } };
		expect((await submit(rows, { overrides, payload: { a: 1 } })).bodies()).toEqual([
			{ overrides },
		]);
	});

	it('are not looked at in the other mode', async () => {
		const rows = [row('6', 'text', 'str', 'a cat')];
		const flow = await submit(rows, {}, { fields: { inputMode: 'json' } });
		expect(flow.bodies()).toEqual([{ overrides: {} }]);
	});

	it('are for the inline workflow where there is one', async () => {
		const workflow = {
			1: { class_type: 'LoadImage', inputs: { image: 'https://example.com/a.png' } },
			2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
		};
		const flow = await submit(
			[row('1', 'image', 'str', 'https://example.com/b.png')],
			{ workflow },
			{ fields: { workflow: 'workflow', workflowType: 'msg' } },
		);
		expect(flow.bodies()).toMatchObject([
			{ workflow_api_json: workflow, overrides: { 1: { inputs: {} } } },
		]);
	});
});

describe('what cannot be right', () => {
	const LABEL = '6 · Positive Prompt → text';
	it.each([
		[
			'is absent',
			row('6', 'text', 'msg', 'nothing', { label: LABEL }),
			/has no value: msg\.nothing/,
		],
		['is empty', row('31', 'steps', 'str', ''), /31 → steps has no value/],
		['is not a number', row('31', 'steps', 'num', 'many'), /31 → steps could not be read: "many"/],
		['is no expression', row('6', 'text', 'jsonata', '((', { label: LABEL }), /^6 · Pos/],
		['is not JSON', row('6', 'text', 'json', '{', { label: LABEL }), /Positive Prompt → text/],
	])('%s: nothing is submitted', async (_what, given, message) => {
		const flow = await submit([given], { payload: 'a cat' });
		expect(flow.sent).toEqual([]);
		expect(flow.caught).toHaveLength(1);
		expect(flow.caught[0]?.error.message).toMatch(message);
		expect(flow.caught[0]?.error.code).toMatch(/^invalid_(overrides|input)$/);
		expect(flow.simulator.count('submit')).toBe(0);
	});

	it.each([['text'], [[{ nodeId: '6' }]]])('are rows such as %j', async (rows) => {
		const flow = await submit(rows);
		expect(flow.caught[0]?.error.code).toBe('invalid_input');
	});
});

it('the check before a submit asks for each deployment once for many messages', async () => {
	const flow = await submit([]);
	flow.ask();
	await flow.ended(2);
	expect(flow.simulator.count('deployments.get')).toBe(1);
	expect(flow.simulator.count('object_info')).toBe(1);
});

describe('a node in which nothing is set', () => {
	const warnings = (flow: TestFlow) =>
		flow.warned.filter((text) => text.startsWith('No input is set'));

	it('warns once, and runs the workflow as deployed', async () => {
		const flow = await submit([]);
		flow.ask();
		await flow.ended(2);
		expect(flow.bodies()).toHaveLength(2);
		expect(warnings(flow)).toHaveLength(1);
	});

	it.each<[string, unknown[], object]>([
		['a row', [row('31', 'steps', 'num', '3')], {}],
		['msg.overrides', [], { overrides: { '31': { inputs: { steps: 3 } } } }],
	])('has nothing to say beside %s', async (_what, rows, msg) => {
		expect(warnings(await submit(rows, msg))).toEqual([]);
	});
});

describe('a workflow with partner nodes', () => {
	const KEY = 'comfyui-8d1f0a7b3c5e4f62';
	const kept = useUserDir();

	async function partner(comfyOrgApiKey?: string, fields: object = {}, fault?: Fault) {
		const credentials = comfyOrgApiKey ? { comfyOrgApiKey } : {};
		const all = { checkInputs: true, ...fields };
		const flow = await start('runcomfy-run', all, { credentials, userDir: kept.userDir });
		if (fault) flow.simulator.inject(fault);
		flow.receive({ deploymentId: flow.simulator.deploymentIds.partner, note: KEY } as never);
		return flow;
	}
	const keysSent = (flow: TestFlow) =>
		flow.bodies().map((body) => (body as Record<string, unknown>)['extra_data']);

	it('is refused without a key, before the submit', async () => {
		const flow = await partner();
		await flow.ended();
		expect(flow.caught[0]?.error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/5 · ByteDance Seedream.*platform\.comfy\.org/),
		});
		expect(flow.bodies()).toEqual([]);
	});

	it('gets the key of the account, and the disk does not have it', async () => {
		const fields = { checkInputs: true };
		const flow = await partner(KEY, fields, { name: 'slow_submit', ms: 50 });
		await eventually(() => flow.simulator.jobs.size).toBe(1);
		const files = [...kept.files().values()].join();
		expect(files).toContain(flow.simulator.deploymentIds.partner);
		expect(files).not.toContain(KEY);
		await flow.reborn(fields);
		await flow.ended();
		expect(flow.caught).toEqual([]);
		expect(keysSent(flow).at(-1)).toEqual({ api_key_comfy_org: KEY });
		expect(flow.sent[0]).toMatchObject({ note: '[token]' });
	});

	it('ends in errors that do not have the key', async () => {
		const flow = await partner(KEY, {}, { name: 'run_failed', details: `Wrong key ${KEY}` });
		await flow.ended();
		const everything = JSON.stringify([flow.caught[0]?.error, flow.warned, flow.shown]);
		expect(everything).toContain('Wrong key [token]');
		expect(everything).not.toContain(KEY);
	});

	it('has none if that is not set, which keeps no other workflow from running', async () => {
		const flow = await partner('${RUNCOMFY_TEST_PARTNER_KEY}');
		await flow.ended();
		expect(flow.caught[0]?.error.code).toBe('invalid_input');
		expect(flow.warnings('cfg')).toEqual([expect.stringContaining('RUNCOMFY_TEST_PARTNER_KEY')]);
		flow.ask();
		await flow.ended(2);
		expect(keysSent(flow)).toEqual([undefined]);
	});
});
