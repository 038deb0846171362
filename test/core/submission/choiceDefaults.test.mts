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

	it('adds nothing for what only another node can feed, or has no default', () => {
		const { overrides, warnings } = complete({ mode: 'fed' });
		expect(overrides).toEqual({ '1': { inputs: { mode: 'fed' } } });
		expect(warnings).toEqual([]);
	});

	it('is none if a row of a group is begun: nobody has chosen what is in it', () => {
		const inputs = { 'loras.0.lora': 'a.safetensors' };
		const workflow = { '1': { class_type: 'RowsOfLoras', inputs } };
		const overrides = { '1': { inputs: { 'loras.1.strength': 0.5, 'loras.2.strength': 0.5 } } };
		expect(addChoiceDefaults(overrides, workflow, V3).overrides).toEqual(overrides);
	});
});
