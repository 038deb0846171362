import { describe, expect, it } from '@jest/globals';
import { parseOverrides, parseWorkflow, RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';

const NODE = { class_type: 'KSampler', inputs: {} };

function errorOf(work: () => unknown): RunComfyError {
	try {
		work();
	} catch (error) {
		if (error instanceof RunComfyError) return error;
		throw error;
	}
	return unreachable('it was accepted');
}

const refusal = (given: unknown) => errorOf(() => parseOverrides(given));

describe('overrides that are refused', () => {
	it('are told by what they are, with an example', () => {
		for (const [given, kind] of [
			[[], 'array'],
			['7', 'number'],
			['"a"', 'string'],
		] as const) {
			expect(refusal(given)).toMatchObject({
				details: { given: kind },
				hint: expect.stringContaining('{"6": {"inputs": {"text": "a cat"}}}'),
			});
		}
	});

	it('are named by where they stand', () => {
		const source = { name: 'My field' };
		expect(errorOf(() => parseOverrides('{', source)).message).toMatch(/^My field is not/);
		expect(errorOf(() => parseWorkflow('{', source)).message).toMatch(/^My field is not/);
	});

	it('are told by the id of the node, cut to 80 characters', () => {
		const whole = 'n'.repeat(80);
		expect(refusal({ [whole]: 7 }).message).toBe(`The override of node "${whole}" has no "inputs"`);
		expect(refusal({ [`${whole}n`]: 7 }).message).toBe(
			`The override of node "${'n'.repeat(79)}…" has no "inputs"`,
		);
	});

	it('are told by all that is too much', () => {
		expect(refusal({ 6: { inputs: {}, title: 1, _meta: 2 } }).message).toBe(
			'The override of node "6" holds more than "inputs": title, _meta',
		);
		expect(refusal({ 6: { inputs: {} }, 7: NODE }).message).toMatch(/node "7" holds more/);
	});

	it.each<[unknown, RegExp]>([
		[{ overrides: { 6: { inputs: {} } } }, /within another "overrides"/],
		[{ overrides: 7 }, /node "overrides" has no "inputs"/],
		[{ prompt: {} }, /node "prompt" has no "inputs"/],
		[{ prompt: NODE }, /whole workflow/],
		[{ prompt: { 3: NODE, more: 7 } }, /node "prompt" has no "inputs"/],
		[{ prompt: { 3: NODE }, 7: { inputs: {} } }, /the body of ComfyUI’s POST \/prompt/],
		[{ workflow: { 3: NODE } }, /more than a workflow: .* within its "workflow"/],
		[{ workflow: { nodes: [], version: 1 } }, /within its "workflow"/],
		[{ workflow: { nodes: 'none' } }, /node "workflow" has no "inputs"/],
		[{ graph: { 3: NODE } }, /node "graph" has no "inputs"/],
		[{ nodes: [], links: [] }, /The overrides are in ComfyUI’s editor format/],
		[{ nodes: [] }, /node "nodes" has no "inputs"/],
		[{ nodes: 7, links: [] }, /node "nodes" has no "inputs"/],
	])('%j: %s', (given, message) => {
		expect(refusal(given)).toMatchObject({
			code: 'invalid_overrides',
			message: expect.stringMatching(message),
		});
	});

	it('are told how to run a workflow instead', () => {
		expect(refusal({ prompt: { 3: NODE } }).hint).toMatch(/give the object behind "prompt" as a/);
		expect(refusal({ 3: NODE }).hint).toMatch(/Give it as a workflow/);
	});
});

describe('overrides that are taken', () => {
	it.each([[{ overrides: { inputs: { a: 1 } } }], [{ prompt: { inputs: {} } }]])(
		'may be of a node that is called so: %j',
		(given) => expect(parseOverrides(given)).toEqual(given),
	);
});

describe('a workflow', () => {
	it('may have a node without inputs, or of such a name', () => {
		for (const given of [{ 3: { class_type: 'K' } }, { prompt: NODE, 3: NODE }]) {
			expect(parseWorkflow(given)).toEqual(given);
		}
	});

	it('that stands within something is told with the way to it', () => {
		const error = errorOf(() => parseWorkflow({ workflow_api_json: { 3: NODE }, more: 1 }));
		expect(error).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^This is more than a workflow/),
			hint: expect.stringContaining('followed by .workflow_api_json'),
		});
	});

	it.each<[unknown, RegExp]>([
		[{ 3: NODE, 6: 7 }, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: { class_type: 7 } }, /^Node "6" of the workflow has no class_type$/],
		[{ 3: NODE, 6: { class_type: 'K', inputs: [] } }, /^The inputs of node "6" of the workflow/],
		[null, /^The workflow holds no nodes$/],
		[{ 3: { class_type: 'K', inputs: { a: NaN } } }, /of the workflow is not a number$/],
	])('is not %j: %s', (given, message) => {
		expect(errorOf(() => parseWorkflow(given)).message).toMatch(message);
	});
});
