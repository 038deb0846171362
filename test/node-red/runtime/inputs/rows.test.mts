// Rows of the dialog: where their values come from, what they become, and which are refused.
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../../../node-red/contract/dialog.cts';
import { type TestFlow, useFlows } from '../../support/rig.mts';

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

const submits = ({ simulator }: TestFlow) =>
	simulator.requests.filter(({ route }) => route === 'submit').map(({ body }) => body);

async function submit(
	rows: unknown,
	msg: object = {},
	{
		type = 'runcomfy-submit',
		deployment = 'textToImage',
		fields = {},
		before = () => undefined,
	}: Options = {},
) {
	const flow = await start(type, {
		rows,
		checkInputs: true,
		...fields,
	});
	before(flow);
	flow.receive({ deploymentId: flow.simulator.deploymentIds[deployment], ...msg });
	await flow.ended();
	return flow;
}

interface Options {
	type?: 'runcomfy-submit' | 'runcomfy-run';
	deployment?: 'textToImage' | 'imageEdit';
	fields?: Record<string, unknown>;
	before?: (flow: TestFlow) => void;
}

describe('a row', () => {
	it.each([
		['a text', row('6', 'text', 'str', '20'), '20'],
		['a number as text', row('31', 'steps', 'str', '20'), 20],
		['a number', row('31', 'steps', 'num', '20'), 20],
		['a decimal', row('31', 'cfg', 'num', '1.5'), 1.5],
		['a seed beyond 2^53', row('31', 'seed', 'num', BIG), BigInt(BIG)],
		['such a seed as text', row('31', 'seed', 'str', BIG), BigInt(BIG)],
		['a choice', row('31', 'sampler_name', 'choice', 'euler'), 'euler'],
		['an empty text', row('6', 'text', 'str', ''), ''],
		['a property', row('6', 'text', 'msg', 'payload.prompt'), 'a cat'],
		['a property that is a number as text', row('31', 'steps', 'msg', 'payload.steps'), 12],
		['JSONata', row('6', 'text', 'jsonata', '"two " & payload.prompt'), 'two a cat'],
	])('takes %s', async (_what, given, value) => {
		const flow = await submit([given], { payload: { prompt: 'a cat', steps: '12' } });
		expect(flow.caught).toEqual([]);
		const overrides = { [given.nodeId]: { inputs: { [given.input]: value } } };
		expect(submits(flow)).toEqual([{ overrides }]);
	});

	it('takes an empty text at a run node, too, which keeps the message before it is checked', async () => {
		const flow = await submit([row('6', 'text', 'str', '')], {}, { type: 'runcomfy-run' });
		expect(flow.caught).toEqual([]);
		expect(submits(flow)).toEqual([{ overrides: { 6: { inputs: { text: '' } } } }]);
	});

	it('draws a seed again for each run, and tells it', async () => {
		const flow = await submit([row('31', 'seed', 'random')]);
		flow.ask();
		await flow.ended(2);
		const seeds = submits(flow).map(
			(body) => (body as { overrides: Record<number, { inputs: { seed: number } }> }).overrides,
		);
		const drawn = seeds.map((overrides) => overrides[31]?.inputs.seed);
		expect(drawn).toEqual([expect.any(Number), expect.any(Number)]);
		expect(drawn[0]).not.toBe(drawn[1]);
		expect(flow.sent.map((msg) => (msg['runcomfy'] as { seeds: object }).seeds)).toEqual(
			drawn.map((seed) => ({ 31: seed })),
		);
	});

	it.each<[string, unknown]>([
		['a Buffer', PNG],
		['a Uint8Array', new Uint8Array(PNG)],
		['an ArrayBuffer', new Uint8Array(PNG).buffer],
		['a Buffer as JSON writes it', PNG.toJSON()],
	])('sends %s as a data URI', async (_what, payload) => {
		const flow = await submit(
			[row('189', 'image', 'msg', 'payload')],
			{ payload },
			{ deployment: 'imageEdit' },
		);
		expect(flow.caught).toEqual([]);
		expect(submits(flow)).toEqual([
			{
				overrides: {
					189: { inputs: { image: expect.stringMatching(/^data:image\/png;base64,/) } },
				},
			},
		]);
	});

	it.each<[string, unknown, RegExp]>([
		[
			'a stream',
			Readable.from(['x']),
			/Image.* there is a stream in it.*a Buffer, a web address or/,
		],
		['a Blob', new Blob([PNG]), /a Blob or an unread answer in it/],
		['a function', () => PNG, /a function in it/],
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
			expect(submits(flow)).toEqual([]);
			await flow.stop();
		}
	});

	it('that a message sets to null is left as deployed', async () => {
		const rows = [row('6', 'text', 'msg', 'payload'), row('31', 'steps', 'num', '9')];
		expect(submits(await submit(rows, { payload: null }))).toEqual([
			{ overrides: { 31: { inputs: { steps: 9 } } } },
		]);
	});
});

describe('rows', () => {
	it('come first, msg.overrides over them, and an object in msg.payload is none of them', async () => {
		const flow = await submit([row('6', 'text', 'str', 'a cat'), row('31', 'steps', 'num', '9')], {
			payload: { some: 'thing' },
			overrides: { 31: { inputs: { steps: 11, cfg: 2 } } },
		});
		expect(submits(flow)).toEqual([
			{ overrides: { 6: { inputs: { text: 'a cat' } }, 31: { inputs: { steps: 11, cfg: 2 } } } },
		]);
	});

	it.each([[[]], [undefined], ['']])('%j are none: msg.overrides counts', async (rows) => {
		const overrides = { 6: { inputs: { text: 'a cat' } } };
		expect(submits(await submit(rows, { overrides, payload: { a: 1 } }))).toEqual([{ overrides }]);
	});

	it('are not looked at in the other mode', async () => {
		const rows = [row('6', 'text', 'str', 'a cat')];
		const flow = await submit(rows, {}, { fields: { inputMode: 'json' } });
		expect(submits(flow)).toEqual([{ overrides: {} }]);
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
		expect(submits(flow)).toMatchObject([
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
		[
			'is an object that gives no text',
			{ ...row('31', 'steps', 'num', ''), value: [{ toString: 'a' }] as never },
			/31 → steps could not be read: its value is an array/,
		],
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

	it.each([[{}], ['text'], [[{ nodeId: '6' }]]])('are rows such as %j', async (rows) => {
		const flow = await submit(rows);
		expect(flow.caught[0]?.error.code).toBe('invalid_input');
	});
});

describe('the check before a submit', () => {
	const wrong = { overrides: { 31: { inputs: { steps: 0 } } } };

	it('asks for each deployment once for many messages', async () => {
		const flow = await submit([]);
		flow.ask();
		await flow.ended(2);
		expect(flow.simulator.count('deployments.get')).toBe(1);
		expect(flow.simulator.count('object_info')).toBe(1);
	});

	it('asks once more before it refuses by what it remembers', async () => {
		const flow = await submit([]);
		flow.ask({ ...wrong });
		await flow.ended(2);
		expect(flow.caught).toHaveLength(1);
		expect(flow.simulator.count('deployments.get')).toBe(2);
	});

	it('belongs to runcomfy-run, too', async () => {
		const flow = await start('runcomfy-run', { inputMode: 'json' });
		flow.ask({ ...wrong });
		await flow.ended();
		expect(flow.caught[0]?.error.code).toBe('invalid_overrides');
		expect(flow.simulator.count('submit')).toBe(0);
	});
});

describe('a node in which nothing is set', () => {
	const warnings = (flow: TestFlow) =>
		flow.warned.filter((text) => text.startsWith('Nothing is set'));

	it('warns once, and runs the workflow as it is deployed', async () => {
		const flow = await submit([]);
		flow.ask();
		await flow.ended(2);
		expect(submits(flow)).toHaveLength(2);
		expect(warnings(flow)).toHaveLength(1);
	});

	it.each<[string, unknown[], object]>([
		['a row', [row('31', 'steps', 'num', '3')], {}],
		['msg.overrides', [], { overrides: { '31': { inputs: { steps: 3 } } } }],
	])('has nothing to say beside %s', async (_what, rows, msg) => {
		expect(warnings(await submit(rows, msg))).toEqual([]);
	});
});
