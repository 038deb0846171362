// Which saved value belongs to which input of one class; widgets.test.mts has whole nodes.
import { describe, expect, it } from '@jest/globals';
import { readNodeClass } from '../../../../core/index';
import { type EditorNode, readEditorWorkflow } from '../../../../core/workflow/import/editor/graph';
import { widgetValues } from '../../../../core/workflow/import/editor/values';

interface Facts {
	optional?: object;
	inputs?: object[];
	[further: string]: unknown;
}

function of(required: object, values: unknown, { optional = {}, ...more }: Facts = {}) {
	const node = { id: 1, type: 'Node', widgets_values: values, ...more };
	const read = readEditorWorkflow({ nodes: [node] }).root.nodes.get('1') as EditorNode;
	const found = widgetValues(read, readNodeClass({ input: { required, optional } }, 'Node'));
	return { values: Object.fromEntries(found.values), misfits: Object.fromEntries(found.misfits) };
}

const INT = ['INT'];
const TEXT = ['STRING'];
const COMBO = [['a', 'b'], {}];
const FILE = [['a.png'], { image_upload: true }];

describe('a value that is not saved', () => {
	it.each<[unknown, object]>([
		[INT, { x: 0 }],
		[['INT', { min: 3 }], { x: 3 }],
		[['INT', { min: -5 }], { x: 0 }],
		[['INT', { min: 3, default: 7 }], { x: 7 }],
		[['FLOAT', { min: 0.5 }], { x: 0.5 }],
		[TEXT, { x: '' }],
		[['BOOLEAN'], { x: false }],
		[COMBO, { x: 'a' }],
		[FILE, { x: 'a.png' }],
		[[[], {}], {}],
		[['CURVE'], {}],
		[['MY_TYPE'], {}],
	])('of %j is %j', (type, values) => {
		expect(of({ x: type }, [])).toEqual({ values, misfits: {} });
	});
});

describe('a value', () => {
	it.each<[unknown, unknown]>([
		[INT, 5],
		[INT, 5n],
		[['FLOAT'], 0.5],
		[['BOOLEAN'], true],
		[TEXT, 'x'],
		[TEXT, 5],
		[TEXT, 5n],
		[FILE, 'other.png'],
		[COMBO, 'other'],
		[COMBO, 5],
		[COMBO, true],
		[['CURVE'], [1]],
		[['CURVE'], { a: 1 }],
		[['INT,STRING'], 'x'],
	])('of %j may be %p', (type, value) => {
		expect(of({ x: type }, [value])).toEqual({ values: { x: value }, misfits: {} });
	});

	it.each<[unknown, unknown]>([
		[INT, '5'],
		[INT, true],
		[['FLOAT'], 'x'],
		[['BOOLEAN'], 1],
		[TEXT, true],
		[TEXT, {}],
		[FILE, 5],
		[COMBO, {}],
		[['CURVE'], 'x'],
		[['INT,STRING'], true],
	])('of %j cannot be %p', (type, value) => {
		expect(of({ x: type }, [value])).toEqual({ values: { x: value }, misfits: { x: value } });
	});

	it('of a linked input may be any', () => {
		const inputs = [{ name: 'x', type: 'INT', link: 7, widget: {} }];
		expect(of({ x: INT, y: INT }, ['no', 5], { inputs })).toEqual({
			values: { x: 'no', y: 5 },
			misfits: {},
		});
	});

	it('is not there for an input that has no widget', () => {
		const inputs = [{ name: 'x', type: 'INT', link: 7 }];
		expect(of({ x: INT, y: INT }, [5], { inputs }).values).toEqual({ y: 5 });
		expect(of({ x: ['INT', { forceInput: true }], y: INT }, [5]).values).toEqual({ y: 5 });
		expect(of({ x: ['IMAGE'], z: ['IMAGECOMPARE'], y: INT }, [5]).values).toEqual({ y: 5 });
	});
});

describe('what comes after a run', () => {
	it.each(['fixed', 'increment', 'decrement', 'randomize', 'increment-wrap'])(
		'stands behind a number: %s',
		(word) =>
			expect(of({ x: INT, y: TEXT }, [5, word, 'text']).values).toEqual({ x: 5, y: 'text' }),
	);

	it.each<[unknown, unknown[], object]>([
		[['FLOAT'], [0.5, 'fixed'], { x: 0.5, y: 'fixed' }],
		[COMBO, ['a', 'fixed'], { x: 'a', y: 'fixed' }],
		[INT, [5, 'other'], { x: 5, y: 'other' }],
		[INT, [5, 'fixed', ''], { x: 5, y: '' }],
		[
			['COMBO', { options: ['a'], control_after_generate: true }],
			['a', 'fixed', '', 'text'],
			{ x: 'a', y: 'text' },
		],
		[
			['COMBO', { options: ['a'], control_after_generate: true }],
			['a', 'fixed', 'text'],
			{ x: 'a', y: 'text' },
		],
		[['FLOAT', { control_after_generate: true }], [0.5, 'fixed', 'text'], { x: 0.5, y: 'text' }],
	])('of %j in %j: %j', (type, list, values) => {
		expect(of({ x: type, y: TEXT }, list).values).toEqual(values);
	});
});

describe('the button for an upload', () => {
	it.each(['image', 'video', 'audio', 'file'])('stands behind what is required: %s', (button) => {
		const optional = { y: TEXT };
		expect(of({ x: FILE, z: INT }, ['b.png', 5, button, 'text'], { optional }).values).toEqual({
			x: 'b.png',
			z: 5,
			y: 'text',
		});
	});

	it('is there for what is uploaded, and required', () => {
		const image = ['b.png', 'image'];
		expect(of({ x: COMBO }, image, { optional: { y: TEXT } }).values).toHaveProperty('y', 'image');
		expect(of({}, image, { optional: { x: FILE, y: TEXT } }).values).toHaveProperty('y', 'image');
		expect(of({ x: FILE }, ['b.png', 'no'], { optional: { y: TEXT } }).values).toHaveProperty(
			...(['y', 'no'] as const),
		);
	});
});

describe('an input of a type that is not known', () => {
	const own = { x: ['MY_TYPE'], y: COMBO };

	it.each<[object, unknown[], object]>([
		[own, ['a'], { y: 'a' }],
		[own, ['a', 'b'], { x: 'a', y: 'b' }],
		[own, ['odd', 'b'], { x: 'odd', y: 'b' }],
		[own, ['odd'], { x: 'odd', y: 'a' }],
		[own, [], { y: 'a' }],
		// One value too many is better than one that cannot be.
		[{ x: ['MY_TYPE'], y: INT }, [1, 'fixed', 2], { y: 1 }],
		[{ x: ['MY_TYPE'], y: INT }, [5, 'x', 'y', 'z'], { y: 5 }],
		[{ x: ['MY_TYPE'], y: TEXT, z: INT }, ['text', 5], { y: 'text', z: 5 }],
		[{ x: ['MY_TYPE'], y: TEXT, z: INT }, ['odd', 'text', 5], { x: 'odd', y: 'text', z: 5 }],
	])('%j in %j: %j', (required, list, values) => {
		expect(of(required, list).values).toEqual(values);
	});
});

describe('inputs that depend on others', () => {
	const inner = (options: object, type = 'COMFY_DYNAMICCOMBO_V3') => [type, options];
	const model = inner({ options: [{ key: 'a', inputs: { required: { n: INT } } }] });
	const rows = inner({ template: { required: { v: INT } }, max: 3 }, 'COMFY_DYNAMICGROUP_V3');
	const guide = inner({ inputs: { required: { w: INT } } }, 'COMFY_DYNAMICSLOT_V3');
	const slots = inner({ template: { input: { required: { i: INT } } } }, 'COMFY_AUTOGROW_V3');
	const format = [['gif', 'mp4'], { formats: { mp4: [['crf', 'INT']] } }];

	it('have the values of the chosen option', () => {
		expect(of({ model, y: TEXT }, ['a', 5, 'x']).values).toEqual({
			model: 'a',
			'model.n': 5,
			y: 'x',
		});
		expect(of({ model, y: TEXT }, ['b', 'x'])).toEqual({
			values: { model: 'b', y: 'x' },
			misfits: { model: 'b' },
		});
		const inputs = [{ name: 'model', type: 'COMBO', link: 7, widget: {} }];
		expect(of({ model }, ['b'], { inputs }).misfits).toEqual({});
	});

	it('have those of a format, which may be one without', () => {
		expect(of({ format, y: TEXT }, ['mp4', 5, 'x']).values).toEqual({
			format: 'mp4',
			crf: 5,
			y: 'x',
		});
		expect(of({ format, y: TEXT }, ['gif', 'x'])).toEqual({
			values: { format: 'gif', y: 'x' },
			misfits: {},
		});
	});

	it.each<[unknown[], object, object]>([
		[[2, 5, 6, 'x'], { 'rows.0.v': 5, 'rows.1.v': 6, y: 'x' }, {}],
		[[0, 'x'], { y: 'x' }, {}],
		[[3, 1, 2, 3, 'x'], { 'rows.0.v': 1, 'rows.1.v': 2, 'rows.2.v': 3, y: 'x' }, {}],
		[[4, 'x'], { y: 'x' }, { rows: 4 }],
		[[-1, 'x'], { y: 'x' }, { rows: -1 }],
		[['2', 'x'], { y: 'x' }, { rows: '2' }],
		[[], { y: '' }, {}],
	])('have as many rows as there are: %j', (list, values, misfits) => {
		expect(of({ rows, y: TEXT }, list)).toEqual({ values, misfits });
	});

	it('have theirs while something is linked', () => {
		const linked = (link: number | null) => [{ name: 'guide', type: 'IMAGE', link }];
		expect(of({ guide, y: INT }, [5, 6], { inputs: linked(7) }).values).toEqual({
			'guide.w': 5,
			y: 6,
		});
		expect(of({ guide, y: INT }, [5], { inputs: linked(null) }).values).toEqual({ y: 5 });
	});

	it('have none where they are slots', () => {
		expect(of({ slots, y: INT }, [5]).values).toEqual({ y: 5 });
	});
});

describe('values by their names', () => {
	it('are those that the class takes', () => {
		expect(of({ x: INT }, { x: 5, more: 6 })).toEqual({ values: { x: 5 }, misfits: {} });
		const widgets_values_named = { x: 7, more: 6 };
		expect(of({ x: INT }, [5], { widgets_values_named }).values).toEqual({ x: 7 });
	});

	it('are none if nothing is saved', () => {
		expect(of({ x: INT }, 'odd')).toEqual({ values: { x: 0 }, misfits: {} });
	});
});

describe('what followed a seed in 2023', () => {
	const SEED = ['INT', { control_after_generate: true }];

	it.each<[object, unknown[], object]>([
		[{ seed: INT, steps: INT }, [7, true, 20], { seed: 7, steps: 20 }],
		[{ noise_seed: INT, name: COMBO }, [7, false, 'b'], { noise_seed: 7, name: 'b' }],
		[
			{ seed: SEED, flag: ['BOOLEAN'], steps: INT },
			[7, true, false, 20],
			{ flag: false, steps: 20 },
		],
		// As it is today.
		[{ seed: SEED, flag: ['BOOLEAN'], steps: INT }, [7, 'fixed', true, 20], { flag: true }],
		[{ seed: SEED, flag: ['BOOLEAN'] }, [7, true], { flag: true }],
	])('of %j in %j was true or false', (required, values, some) => {
		const found = of(required, values);
		expect(found.values).toMatchObject(some);
		expect(found.misfits).toEqual({});
	});

	it('was there for seeds only', () => {
		expect(of({ width: INT, height: INT }, [7, true, 20]).misfits).toEqual({ height: true });
	});
});
