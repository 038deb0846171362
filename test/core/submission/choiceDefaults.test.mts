// Another choice of a dynamic combo needs further inputs; without them ComfyUI would refuse what was paid for.
import { describe, expect, it } from '@jest/globals';
import { addChoiceDefaults } from '../../../core/submission/choiceDefaults';
import { combo } from '../../support/v3Classes.mts';
import { readInfo, V3 } from '../support/workflows.mts';

type Inputs = Record<string, unknown>;

/** Each choice opens another one. */
const nested = (depth: number): unknown =>
	combo({
		more: { required: { text: ['STRING', {}], ...(depth > 1 ? { next: nested(depth - 1) } : {}) } },
	});

const INFO = readInfo({
	Chooser: {
		input: {
			required: {
				mode: combo({
					plain: { required: { steps: ['INT', { default: 7 }] } },
					full: {
						required: {
							steps: ['INT', { default: 20, min: 10 }],
							told: ['INT', { default: 5 }],
							whole: ['INT', { min: 3 }],
							zero: ['INT', {}],
							part: ['FLOAT', { min: 0.5 }],
							flag: ['BOOLEAN', {}],
							text: ['STRING', {}],
							one: [['a', 'b'], {}],
							boxes: ['COLORS', { default: ['red'] }],
						},
						optional: { extra: ['INT', { default: 1 }] },
					},
					fed: {
						required: {
							image: ['IMAGE', {}],
							boxes: ['COLORS', {}],
							files: ['COMBO', { remote: { route: '/x' } }],
							drawn: ['IMAGECOMPARE', {}],
							steps: ['INT', {}],
						},
						optional: { mask: ['MASK', {}] },
					},
				}),
				prompt: ['STRING', {}],
				other: ['IMAGE', {}],
			},
		},
	},
	Nested: {
		input: { required: { at: combo({ off: {}, on: { required: { next: nested(12) } } }) } },
	},
});

const WORKFLOW = {
	'1': {
		class_type: 'Chooser',
		inputs: { mode: 'plain', 'mode.steps': 15, prompt: 'a cat' },
		_meta: { title: 'Choice' },
	},
	'2': { class_type: 'Nested', inputs: { at: 'off' } },
	'3': { class_type: 'Unknown', inputs: { mode: 'plain' } },
};

const complete = (inputs: Inputs, nodeId = '1') =>
	addChoiceDefaults({ [nodeId]: { inputs } }, WORKFLOW, INFO);

describe('another choice', () => {
	const DEFAULTS = {
		'mode.told': 5,
		'mode.whole': 3,
		'mode.zero': 0,
		'mode.part': 0.5,
		'mode.flag': false,
		'mode.text': '',
		'mode.one': 'a',
		'mode.boxes': { __value__: ['red'] },
	};

	it('comes with the defaults of what it requires, and keeps what is saved and fits', () => {
		const { overrides, warnings } = complete({ mode: 'full' });
		expect(overrides).toEqual({ '1': { inputs: { ...DEFAULTS, mode: 'full' } } });
		expect(warnings).toEqual([
			expect.stringMatching(
				/^Your choice adds inputs, which are set to their defaults: 1 · Choice: mode\.told = 5; mode\.whole = 3; /,
			),
		]);
	});

	it('takes the place of a saved value that does not fit it', () => {
		const saved = { ...WORKFLOW['1'], inputs: { ...WORKFLOW['1'].inputs, 'mode.steps': 8 } };
		const { overrides } = addChoiceDefaults(
			{ '1': { inputs: { mode: 'full' } } },
			{ '1': saved },
			INFO,
		);
		expect(overrides['1']?.inputs).toEqual({ ...DEFAULTS, 'mode.steps': 20, mode: 'full' });
	});

	it('leaves to the user what the user sets', () => {
		const own = { mode: 'full', 'mode.told': 6, 'mode.steps': 1 };
		const { overrides, warnings } = complete(own);
		expect(overrides['1']?.inputs).toEqual({ ...DEFAULTS, ...own });
		expect(warnings).toEqual([expect.not.stringMatching(/mode\.told|mode\.steps/)]);
	});

	it('says lists and objects as they are sent', () => {
		const all = { ...DEFAULTS, mode: 'full' } as Inputs;
		delete all['mode.boxes'];
		expect(complete(all).warnings).toEqual([
			expect.stringMatching(/: 1 · Choice: mode\.boxes = \{"__value__":\["red"\]\}$/),
		]);
	});

	it('adds nothing for what only another node can feed, or has no default', () => {
		const { overrides, warnings } = complete({ mode: 'fed' });
		expect(overrides).toEqual({ '1': { inputs: { mode: 'fed' } } });
		expect(warnings).toEqual([]);
	});

	it('is none if the saved one is set again, or the class is not known', () => {
		for (const [nodeId, inputs] of [
			['1', { mode: 'plain' }],
			['1', { prompt: 'a dog' }],
			['3', { mode: 'full' }],
			['9', { mode: 'full' }],
		] as const) {
			const { overrides, warnings } = complete(inputs, nodeId);
			expect([overrides, warnings]).toEqual([{ [nodeId]: { inputs } }, []]);
		}
		const given = { '1': { inputs: { mode: 'full' } } };
		expect(addChoiceDefaults(given)).toEqual({ overrides: given, warnings: [] });
	});

	it('is none if a row of a group is begun: nobody has chosen what is in it', () => {
		const inputs = { 'loras.0.lora': 'a.safetensors' };
		const workflow = { '1': { class_type: 'RowsOfLoras', inputs } };
		const overrides = { '1': { inputs: { 'loras.1.strength': 0.5, 'loras.2.strength': 0.5 } } };
		expect(addChoiceDefaults(overrides, workflow, V3).overrides).toEqual(overrides);
	});

	it('opens choices of its own, however deep', () => {
		const { overrides } = complete({ at: 'on' }, '2');
		const names = Object.keys(overrides['2']?.inputs ?? {});
		const depths = names.map((name) => name.split('.').length - 1);
		expect(overrides['2']?.inputs).toMatchObject({ 'at.next': 'more', 'at.next.text': '' });
		expect(Math.max(...depths)).toBe(13);
	});
});
