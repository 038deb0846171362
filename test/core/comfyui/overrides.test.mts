// Overrides and workflows from text, objects and rows: what is valid, how they are merged, and the errors.
import { describe, expect, it } from '@jest/globals';
import { applyOverrides, type Overrides } from '../../../core/comfyui/overrides';
import { parseOverrides, parseWorkflow, type WorkflowApiJson } from '../../../core/index';
import { thrownBy } from '../support/virtualHost.mts';

const CAT = { 6: { inputs: { text: 'a cat' } } };
const NODE = { class_type: 'KSampler', inputs: {} };
const EDITOR = { nodes: [{ id: 3 }], links: [], version: 0.4 };

it.each<[string, unknown, unknown]>([
	['text with a byte order mark', `\uFEFF ${JSON.stringify(CAT)}\n`, CAT],
	['an empty object', {}, {}],
	['the text null', 'null', {}],
	['an empty text', ' \n', {}],
])('overrides from %s', (_form, given, read) => {
	expect(parseOverrides(given)).toEqual(read);
});

it('overrides may have any input but one called __proto__, which is refused in words', () => {
	const parsed = (name: string) => parseOverrides(`{"6":{"inputs":{"${name}":1}}}`);
	expect(JSON.stringify(parsed('constructor'))).toBe('{"6":{"inputs":{"constructor":1}}}');
	expect(thrownBy(() => parsed('__proto__'))).toMatchObject({
		code: 'invalid_overrides',
		message: 'No input can be called "__proto__"',
	});
});

const WORKFLOW: WorkflowApiJson = {
	6: { class_type: 'Encode', inputs: { text: 'a', clip: ['4', 1] }, _meta: { title: 'Words' } },
	7: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
};

describe('overrides of a workflow that is sent along', () => {
	it.each(['https://example.com/a.png', ' HTTP://example.com/a.png', 'data:image/png;base64,AAAA'])(
		'stay overrides where they are files: %s',
		(image) => {
			const overrides: Overrides = { 7: { inputs: { image, channel: 'red' } } };
			const { workflow, rest } = applyOverrides(WORKFLOW, overrides);
			expect(rest).toEqual({ 7: { inputs: { image } } });
			expect(workflow).toMatchObject({ 7: { inputs: { image: 'a.png', channel: 'red' } } });
		},
	);

	it.each([...['b.png', 'my data:', 'ftp://example.com'], ...[7, ['https://example.com']]])(
		'go into it where they are none: %s',
		(image) => {
			const { workflow, rest } = applyOverrides(WORKFLOW, { 7: { inputs: { image } } });
			expect(rest).toEqual({});
			expect(workflow['7']?.inputs).toEqual({ image });
		},
	);
});

const refusal = (given: unknown) => thrownBy(() => parseOverrides(given));

describe('overrides that are refused', () => {
	it.each<[unknown, RegExp]>([
		['[]', /must be an object/],
		[{ text: 'a cat' }, /node "text" has no "inputs"/],
		[{ 6: { inputs: {}, class_type: 'X' }, 7: CAT[6] }, /more than "inputs": class_type$/],
		[{ 6: { inputs: {}, title: 1, _meta: 2 } }, /node "6" holds more than "inputs": title, _meta$/],
		[{ ' ': { inputs: {} } }, /empty node id/],
		[{ overrides: CAT }, /nested in another "overrides"/],
		[{ prompt: {} }, /node "prompt" has no "inputs"/],
		[{ 3: NODE }, /whole workflow/],
		[{ prompt: { 3: NODE, more: 7 } }, /node "prompt" has no "inputs"/],
		[{ prompt: { 3: NODE } }, /POST \/prompt: .* nested under "prompt"/],
		[{ workflow: { nodes: [], version: 1 } }, /nested under "workflow"/],
		[EDITOR, /^This is a workflow as ComfyUI’s editor saves it$/],
	])('%j: %s', (given, message) => {
		for (const form of [given, typeof given === 'string' ? given : JSON.stringify(given)]) {
			expect(refusal(form)).toMatchObject({
				code: 'invalid_overrides',
				retryable: false,
				message: expect.stringMatching(message),
				hint: expect.stringMatching(/./),
			});
		}
	});
});

describe('a workflow from elsewhere', () => {
	it('may be a file, large seeds exact, without what ComfyUI notes while it runs', () => {
		const node = '"class_type": "KSampler", "is_changed": [1]';
		const file = `\ufeff {"3": {"inputs": {"seed": 18446744073709551615}, ${node}}}`;
		expect(parseWorkflow(Buffer.from(file))).toEqual({
			3: { class_type: 'KSampler', inputs: { seed: 18446744073709551615n } },
		});
	});

	it('that stands within something is told with the way to it', () => {
		const error = thrownBy(() => parseWorkflow({ workflow_api_json: { 3: NODE }, more: 1 }));
		expect(error.message).toMatch(
			/^This is more than a workflow: .*nested under "workflow_api_json"/,
		);
		expect(error.hint).toContain('add .workflow_api_json to its path');
	});

	it.each<[unknown, RegExp]>([
		[null, /^The workflow holds no nodes$/],
		[Buffer.from('\x89PNG'), /^Workflow is not a JSON file with a workflow$/],
		[{ 3: NODE, 6: 7 }, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: { class_type: 'K', inputs: [] } }, /^The inputs of node "6" of the workflow/],
		[{ 3: { class_type: 'K', inputs: { a: NaN } } }, /of the workflow is not a number$/],
		[{ 3: { class_type: 'K', inputs: { seed: 1e20 } } }, /lost digits/],
		[EDITOR, /^This is a workflow as ComfyUI’s editor saves it$/],
		['{', /^Workflow is not valid JSON/],
	])('is not %j: %s', (given, message) => {
		const error = thrownBy(() => parseWorkflow(given));
		expect(error.code).toBe('invalid_input');
		expect(error.message).toMatch(message);
	});
});

it.each([[{ overrides: { inputs: { a: 1 } } }], [{ prompt: { inputs: {} } }]])(
	'overrides may be of a node that is called so: %j',
	(given) => expect(parseOverrides(given)).toEqual(given),
);
