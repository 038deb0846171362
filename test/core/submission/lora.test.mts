// Inputs by name for a LoRA deployment, which does not list its inputs.
import { describe, expect, it } from '@jest/globals';
import {
	AccountCache,
	type Draft,
	loadWorkflow,
	parseInputs,
	prepare,
	type RunComfyError,
} from '../../../core/index';
import { submit } from '../../../core/request/submit';
import { clientOf, errorOf, json } from '../support/virtualHost.mts';
import { byName, LORA, loraRig, PNG, PNG_URI, rig } from './rig.mts';

describe('a LoRA deployment', () => {
	const COMFY = json({
		id: 'dep-1',
		payload: { workflow_api_json: { 1: { class_type: 'A', inputs: {} } } },
	});

	it('takes rows, whose texts become what they read as, and JSON as it is', async () => {
		const { prepared } = loraRig();
		const { input, notes } = await prepared({
			target: LORA,
			fields: [
				byName('prompt', '2024'),
				byName('neg', '1'),
				byName('width', '1024'),
				byName('guidance_scale', '3.5'),
				byName('tiled', 'true'),
				byName('list', '[1, 2]'),
				byName('sampler', 'flowmatch'),
				byName('ctrl_img_1', PNG),
			],
			inputs: { height: '768' },
		});
		expect(input).toEqual({
			...LORA,
			inputs: {
				prompt: '2024',
				neg: '1',
				width: 1024,
				guidance_scale: 3.5,
				tiled: true,
				list: [1, 2],
				sampler: 'flowmatch',
				ctrl_img_1: PNG_URI,
				height: '768',
			},
		});
		expect(notes).toEqual({ warnings: [] });
	});

	it('is told from one of ComfyUI, and each is refused what the other takes', async () => {
		const lora = loraRig();
		const byNode = prepare(lora.client, { target: LORA, overrides: {} }, lora);
		expect(await errorOf(byNode)).toMatchObject({
			code: 'invalid_input',
			details: { reason: 'lora' },
			hint: expect.stringContaining('by name'),
		});
		expect(await errorOf(rig(() => COMFY).prepared({ target: LORA, inputs: {} }))).toMatchObject({
			code: 'invalid_input',
			details: { reason: 'not_lora' },
		});
	});

	it('is tried if it cannot be read', async () => {
		const { prepared } = rig(() => json({ message: 'no' }, 403));
		const { input, notes } = await prepared({ target: LORA, inputs: { prompt: 'x' } });
		expect(input.inputs).toEqual({ prompt: 'x' });
		expect(notes.warnings).toEqual([expect.stringContaining('were not checked')]);
	});

	it('whose payload is null is tried without a warning, and named as what may be one', async () => {
		const silent = () => json({ id: 'dep-1', payload: null });
		const { client, readWorkflow, prepared } = rig(silent);
		expect((await prepared({ target: LORA, inputs: { prompt: 'x' } })).notes).toEqual({
			warnings: [],
		});
		expect(await errorOf(loadWorkflow(client, 'dep-1', new AccountCache()))).toMatchObject({
			code: 'bad_response',
			message: 'The deployment shows no workflow',
			details: { reason: 'no_workflow' },
			hint: expect.stringMatching(/LoRA deployment.*inputs by name.*Otherwise.*JSON/),
		});
		const byNode = await prepare(client, { target: LORA, overrides: {} }, { readWorkflow });
		expect((await byNode.withFiles()).notes.warnings).toEqual([
			expect.stringMatching(/not checked.*The deployment shows no workflow/),
		]);
	});

	it.each<[string, object, boolean]>([
		['overrides', { loc: ['body', 'overrides'], msg: 'extra fields not permitted' }, true],
		['what is not there', { loc: ['body', 'prompt'], msg: 'field required' }, true],
		['a node', { loc: ['body', 'overrides', '6', 'inputs', 'txt'], msg: 'unknown' }, false],
	])('may be what refuses a submit because of %s', async (_what, detail, may) => {
		const answer = { error_code: 422001, error_message: 'Validation error', detail: [detail] };
		const { client } = clientOf(json(answer, 422));
		const { hint } = await errorOf(submit(client, { ...LORA, overrides: {} }));
		expect(/If it is a LoRA deployment, give its inputs by name/.test(hint)).toBe(may);
		const direct = await errorOf(submit(client, { ...LORA, inputs: {} }));
		expect(direct.hint).not.toContain('LoRA');
	});
});

/** What is submitted of inputs as JSON, or the reason why it is refused. */
async function sent(
	answer: object,
	given: unknown,
	more: Partial<Draft> & { check?: boolean } = {},
) {
	const { client, readWorkflow } = rig(() => json(answer));
	const { check = true, ...draft } = more;
	const overrides = parseInputs(given, { name: 'Overrides' });
	const prepared = prepare(client, { target: LORA, overrides, ...draft }, { readWorkflow, check });
	return prepared.then(
		async (one) => {
			const { inputs, overrides } = (await one.withFiles()).input;
			return inputs ? { inputs } : { overrides };
		},
		(error: RunComfyError) => `${error.code} ${String(error.details?.['reason'])}`,
	);
}

const UNKNOWN = { id: 'dep-1', payload: null };
const COMFY = {
	id: 'dep-1',
	payload: { workflow_api_json: { 6: { class_type: 'A', inputs: { text: 'a' } } } },
};
const OF_LORA = { id: 'dep-1', payload: { base_model: 'flux' } };
const BY_NODE = { 6: { inputs: { text: 'a cat' } } };
const BY_NAME = { prompt: 'a cat', size: { width: 8 } };

describe('inputs in JSON are by node or by name', () => {
	it.each([
		['a workflow', COMFY, BY_NODE, { overrides: BY_NODE }],
		['a workflow', COMFY, {}, { overrides: {} }],
		['a workflow', COMFY, BY_NAME, 'invalid_input not_lora'],
		['a LoRA', OF_LORA, BY_NAME, { inputs: BY_NAME }],
		['a LoRA', OF_LORA, BY_NODE, 'invalid_input lora'],
		['a LoRA', OF_LORA, '', 'invalid_input lora'],
		['an unknown deployment', UNKNOWN, JSON.stringify(BY_NODE), { overrides: BY_NODE }],
		['an unknown deployment', UNKNOWN, {}, { overrides: {} }],
		['an unknown deployment', UNKNOWN, JSON.stringify(BY_NAME), { inputs: BY_NAME }],
	])(
		'as the kind says, or else the shape: %s with %j %j',
		async (_kind, answer, given, expected) => {
			expect(await sent(answer, given)).toEqual(expected);
		},
	);

	it('as the shape says if the check is off, even for a LoRA or a workflow', async () => {
		// The deployment is still read for its seeds.
		const off = { check: false, randomSeeds: true };
		expect(await sent(OF_LORA, BY_NODE, off)).toEqual({ overrides: BY_NODE });
		expect(await sent(COMFY, BY_NAME, off)).toEqual({ inputs: BY_NAME });
		expect(await sent(UNKNOWN, BY_NAME, { workflow: {} })).toBe('invalid_input not_lora');
	});

	it('and never both', async () => {
		const fields = [{ ...byName('text', 'a cat'), nodeId: '6' }];
		for (const answer of [UNKNOWN, COMFY]) {
			expect(await sent(answer, BY_NAME, { fields })).toBe('invalid_input not_lora');
		}
		expect(await sent(OF_LORA, BY_NAME, { fields })).toBe('invalid_input lora');
		const model = { modelId: 'a/b' } as const;
		expect(await sent({}, BY_NODE, { target: model })).toBe('invalid_input undefined');
	});

	it.each([
		{ 6: { text: 'a cat' } },
		{ '38:42': { text: 'a cat' } },
		{ text: BY_NODE[6], seed: 1 },
		[1],
	])('a mistake in overrides is found at once: %j', (given) => {
		expect(() => parseInputs(given, { name: 'Overrides' })).toThrow(
			expect.objectContaining({ code: 'invalid_overrides' }),
		);
	});
});
