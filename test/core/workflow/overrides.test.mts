import { describe, expect, it } from '@jest/globals';
import {
	type Overrides,
	parseOverrides,
	parseWorkflow,
	type WorkflowApiJson,
} from '../../../core/index';
import {
	applyOverrides,
	mergeOverrides,
	overridesFromRows,
	withOverrides,
} from '../../../core/parsers';
import { thrownBy } from '../support/thrown.mts';

const CAT = { 6: { inputs: { text: 'a cat' } } };
const GRAPH = {
	3: { class_type: 'KSampler', inputs: { seed: 1, model: ['4', 0] }, _meta: { title: 'Sampler' } },
	4: { class_type: 'CheckpointLoaderSimple', inputs: {} },
};

describe('overrides', () => {
	it.each<[string, unknown, unknown]>([
		['text', JSON.stringify(CAT), CAT],
		['text with a byte order mark', `\uFEFF ${JSON.stringify(CAT)}\n`, CAT],
		['an object', CAT, CAT],
		['an empty object', {}, {}],
		['no inputs of a node', { 6: { inputs: {} } }, { 6: { inputs: {} } }],
		[
			'a node of a subgraph',
			{ '38:42': { inputs: { a: [1] } } },
			{ '38:42': { inputs: { a: [1] } } },
		],
		['nothing', undefined, {}],
		['null', null, {}],
		['the text null', 'null', {}],
		['an empty text', ' \n', {}],
	])('from %s', (_form, given, read) => {
		expect(parseOverrides(given)).toEqual(read);
	});

	it('keep a seed of 2^64 - 1 from text', () => {
		const read = parseOverrides('{"31":{"inputs":{"seed":18446744073709551615}}}');
		expect(read['31']?.inputs['seed']).toBe(18446744073709551615n);
		expect(parseOverrides({ 31: { inputs: { seed: 2n ** 64n - 1n } } })).toEqual(read);
	});

	it.each([
		[{ 31: { inputs: { seed: 2 ** 53 } } }, /31\.inputs\.seed .* has lost digits/],
		[{ 31: { inputs: { seed: NaN } } }, /31\.inputs\.seed .* is not a number/],
		[{ 31: { inputs: { cfg: [1, Infinity] } } }, /31\.inputs\.cfg\.1 .* is not a number/],
	])('are refused with a number that went wrong: %j', (given, message) => {
		const error = thrownBy(() => parseOverrides(given));
		expect(error).toMatchObject({ code: 'invalid_input' });
		expect(error.message).toMatch(message);
	});

	it('that turn in a circle do not hang', () => {
		const inputs: Record<string, unknown> = {};
		inputs['self'] = inputs;
		expect(parseOverrides({ 6: { inputs } })['6']?.inputs).toBe(inputs);
	});
});

describe('rows of a form', () => {
	it('become overrides, input by input; a later row wins', () => {
		const rows = [
			{ nodeId: ' 6 ', input: ' text ', value: 'a dog' },
			{ nodeId: '6', input: 'text', value: 'a cat' },
			{ nodeId: '31', input: 'seed', value: 2n ** 64n - 1n },
			{ nodeId: '31', input: 'steps', value: 20 },
		];
		expect(overridesFromRows(rows)).toEqual({
			6: { inputs: { text: 'a cat' } },
			31: { inputs: { seed: 2n ** 64n - 1n, steps: 20 } },
		});
		expect(overridesFromRows([])).toEqual({});
	});

	it.each([
		[{ nodeId: '', input: 'text', value: 1 }, /no node id or no input name/],
		[{ nodeId: '6', input: ' ', value: 1 }, /no node id or no input name/],
		[{ nodeId: '6', input: 'seed', value: 2 ** 60 }, /lost digits/],
		[{ nodeId: '6', input: 'seed', value: NaN }, /is not a number/],
	])('are refused: %j', (row, message) => {
		expect(thrownBy(() => overridesFromRows([row]))).toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(message),
		});
	});
});

describe('overrides from two places', () => {
	it('are merged input by input, and neither is changed', () => {
		const base = { 6: { inputs: { text: 'a', clip: 1 } }, 7: { inputs: { x: 1 } } };
		const over = { 6: { inputs: { text: 'b' } }, 8: { inputs: {} } };
		const [before, beforeOver] = [structuredClone(base), structuredClone(over)];
		expect(mergeOverrides(base, over)).toEqual({
			6: { inputs: { text: 'b', clip: 1 } },
			7: { inputs: { x: 1 } },
			8: { inputs: {} },
		});
		expect([base, over]).toEqual([before, beforeOver]);
		expect(mergeOverrides({}, base)).toEqual(base);
		expect(mergeOverrides(base, {})).toEqual(base);
	});

	it.each(['__proto__', 'constructor', 'toString'])('lose no node called %s', (id) => {
		const given = parseOverrides(`{"${id}":{"inputs":{"a":1}}}`);
		const ofRows = overridesFromRows([
			{ nodeId: id, input: 'a', value: 0 },
			{ nodeId: id, input: 'b', value: 2 },
		]);
		expect(JSON.stringify(ofRows)).toBe(`{"${id}":{"inputs":{"a":0,"b":2}}}`);
		expect(JSON.stringify(mergeOverrides(ofRows, given))).toBe(
			`{"${id}":{"inputs":{"a":1,"b":2}}}`,
		);
	});

	it('may have any input but one called __proto__, which is refused in words', () => {
		const parsed = (name: string) => parseOverrides(`{"6":{"inputs":{"${name}":1}}}`);
		const ofRow = (input: string) => overridesFromRows([{ nodeId: '6', input, value: 1 }]);
		for (const given of [parsed, ofRow]) {
			expect(JSON.stringify(given('constructor'))).toBe('{"6":{"inputs":{"constructor":1}}}');
			expect(thrownBy(() => given('__proto__'))).toMatchObject({
				code: 'invalid_overrides',
				message: 'No input can be called "__proto__"',
			});
		}
	});
});

describe('a workflow', () => {
	it.each<[string, unknown]>([
		['text', JSON.stringify(GRAPH)],
		['an object', GRAPH],
	])('from %s', (_form, given) => {
		expect(parseWorkflow(given)).toEqual(GRAPH);
	});
});

const WORKFLOW: WorkflowApiJson = {
	6: { class_type: 'Encode', inputs: { text: 'a', clip: ['4', 1] }, _meta: { title: 'Words' } },
	7: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
};

describe('a workflow with overrides in it', () => {
	it('has them input by input, and is another one', () => {
		const before = structuredClone(WORKFLOW);
		expect(
			withOverrides(WORKFLOW, { 6: { inputs: { text: 'b', more: 1 } }, 9: { inputs: {} } }),
		).toEqual({
			...WORKFLOW,
			6: {
				class_type: 'Encode',
				inputs: { text: 'b', clip: ['4', 1], more: 1 },
				_meta: { title: 'Words' },
			},
		});
		expect(WORKFLOW).toEqual(before);
	});

	it('has none that every object inherits', () => {
		const workflow = { toString: { class_type: 'A', inputs: { a: 1 } } };
		expect(withOverrides(workflow, {})).toEqual(workflow);
	});
});

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

	it.each([
		...['b.png', 'see https://example.com', 'my data:', 'ftp://example.com'],
		...[7, ['https://example.com']],
	])('go into it where they are none: %s', (image) => {
		const { workflow, rest } = applyOverrides(WORKFLOW, { 7: { inputs: { image } } });
		expect(rest).toEqual({});
		expect(workflow['7']?.inputs).toEqual({ image });
	});

	it('stay overrides if it has no such node', () => {
		const overrides = { 9: { inputs: { a: 1 } }, toString: { inputs: { a: 1 } } };
		expect(applyOverrides(WORKFLOW, { ...overrides, 6: { inputs: {} } })).toEqual({
			workflow: WORKFLOW,
			rest: overrides,
		});
	});
});
