// Values that do not count as overrides or as a workflow, and what their errors say.
import { describe, expect, it } from '@jest/globals';
import { parseOverrides, parseWorkflow } from '../../../core/index';
import { thrownBy } from '../support/thrown.mts';

const NODE = { class_type: 'KSampler', inputs: {} };
const CAT = { 6: { inputs: { text: 'a cat' } } };
const EDITOR = { nodes: [{ id: 3 }], links: [], version: 0.4 };

const refusal = (given: unknown) => thrownBy(() => parseOverrides(given));

describe('overrides that are refused', () => {
	it.each<[unknown, RegExp]>([
		['[]', /must be an object/],
		['7', /must be an object/],
		['"a cat"', /must be an object/],
		[{ text: 'a cat' }, /node "text" has no "inputs"/],
		[{ prompt: 'a cat' }, /node "prompt" has no "inputs"/],
		[{ 6: { inputs: 'x' } }, /node "6" has no "inputs"/],
		[{ 6: { inputs: [] } }, /node "6" has no "inputs"/],
		[{ 6: null }, /node "6" has no "inputs"/],
		[{ 6: { text: 'a cat' } }, /node "6" has no "inputs"/],
		[{ 6: { inputs: {}, class_type: 'X' }, 7: CAT[6] }, /more than "inputs": class_type$/],
		[{ 6: { inputs: {}, title: 1, _meta: 2 } }, /node "6" holds more than "inputs": title, _meta$/],
		[{ 6: { inputs: {} }, 7: NODE }, /node "7" holds more/],
		[{ ' ': { inputs: {} } }, /empty node id/],
		[{ overrides: CAT }, /within another "overrides"/],
		[{ overrides: 7 }, /node "overrides" has no "inputs"/],
		[{ prompt: {} }, /node "prompt" has no "inputs"/],
		[{ prompt: NODE }, /whole workflow/],
		[{ 3: NODE }, /whole workflow/],
		[{ prompt: { 3: NODE, more: 7 } }, /node "prompt" has no "inputs"/],
		[{ prompt: { 3: NODE } }, /POST \/prompt: .* within its "prompt"/],
		[{ prompt: { 3: NODE }, 7: { inputs: {} } }, /the body of ComfyUI’s POST \/prompt/],
		[{ workflow: { 3: NODE } }, /more than a workflow: .* within its "workflow"/],
		[{ workflow: { nodes: [], version: 1 } }, /within its "workflow"/],
		[{ workflow: { nodes: 'none' } }, /node "workflow" has no "inputs"/],
		[{ graph: { 3: NODE } }, /node "graph" has no "inputs"/],
		[EDITOR, /^This is a workflow as ComfyUI’s editor saves it$/],
		[{ nodes: [] }, /^This is a workflow as ComfyUI’s editor saves it$/],
		[{ nodes: 7, links: [] }, /node "nodes" has no "inputs"/],
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

	it.each(['{"6": {"inputs": }', '{6: {}}', "{'6':{}}", 'a cat', '{"a":1234567890123456789,}'])(
		'may not be JSON: %s',
		(text) => {
			const { code, message } = refusal(text);
			expect(code).toBe('invalid_input');
			expect(message).toMatch(/^Overrides is not valid JSON: ./);
			expect(message).not.toContain('\u0001');
		},
	);

	it.each([
		['[]', 'array'],
		['7', 'number'],
		['"a"', 'string'],
	])('are told by what they are, with an example: %s', (given, kind) => {
		expect(refusal(given)).toMatchObject({
			details: { given: kind },
			hint: expect.stringContaining('{"6": {"inputs": {"text": "a cat"}}}'),
		});
	});

	it('are named by where they stand', () => {
		for (const parse of [parseOverrides, parseWorkflow]) {
			const { message } = thrownBy(() => parse('{', { name: 'My field' }));
			expect(message).toMatch(/^My field is not/);
		}
	});

	it('are told by the id of the node, as much of it as people can read', () => {
		const told = (id: string) => `The override of node "${id}" has no "inputs"`;
		expect(refusal({ ['n'.repeat(200)]: 7 }).message).toBe(told('n'.repeat(200)));
		expect(refusal({ ['n'.repeat(201)]: 7 }).message).toBe(told(`${'n'.repeat(199)}…`));
	});

	it('are told how to run a workflow instead', () => {
		expect(refusal({ prompt: { 3: NODE } }).hint).toMatch(/give the object behind "prompt" as a/);
		expect(refusal({ 3: NODE }).hint).toMatch(/Give it as a workflow/);
	});
});

it.each([[{ overrides: { inputs: { a: 1 } } }], [{ prompt: { inputs: {} } }]])(
	'overrides may be of a node that is called so: %j',
	(given) => expect(parseOverrides(given)).toEqual(given),
);

describe('a workflow', () => {
	it('may have a node without inputs, or of such a name', () => {
		expect(parseWorkflow({ 3: { class_type: 'K' } })).toEqual({
			3: { class_type: 'K', inputs: {} },
		});
		expect(parseWorkflow({ prompt: NODE, 3: NODE })).toEqual({ prompt: NODE, 3: NODE });
	});

	it('that stands within something is told with the way to it', () => {
		const error = thrownBy(() => parseWorkflow({ workflow_api_json: { 3: NODE }, more: 1 }));
		expect(error.message).toMatch(
			/^This is more than a workflow: .*within its "workflow_api_json"/,
		);
		expect(error.hint).toContain('followed by .workflow_api_json');
	});

	it.each<[unknown, RegExp]>([
		[undefined, /^The workflow holds no nodes$/],
		[null, /^The workflow holds no nodes$/],
		['{}', /^The workflow holds no nodes$/],
		[[{ 3: NODE }], /^The workflow holds no nodes$/],
		[CAT, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: 7 }, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: { class_type: 7 } }, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: { class_type: 'K', inputs: [] } }, /^The inputs of node "6" of the workflow/],
		[{ 3: { class_type: 'K', inputs: 'x' } }, /^The inputs of node "3" of the workflow/],
		[{ 3: { class_type: 'K', inputs: { a: NaN } } }, /of the workflow is not a number$/],
		[{ 3: { class_type: 'K', inputs: { seed: 1e20 } } }, /lost digits/],
		[{ prompt: { 3: NODE }, client_id: 'x' }, /POST \/prompt: .* within its "prompt"/],
		[{ workflow: EDITOR }, /within its "workflow"/],
		[EDITOR, /^This is a workflow as ComfyUI’s editor saves it$/],
		['{', /^Workflow is not valid JSON/],
	])('is not %j: %s', (given, message) => {
		const error = thrownBy(() => parseWorkflow(given));
		expect(error.code).toBe('invalid_input');
		expect(error.message).toMatch(message);
	});

	it('is refused with the way to the right export', () => {
		expect(thrownBy(() => parseWorkflow(EDITOR)).hint).toContain('Export (API)');
	});
});
