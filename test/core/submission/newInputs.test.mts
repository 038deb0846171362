// The submit if an override sets inputs that the saved workflow lacks, or that another choice requires.
import { describe, expect, it } from '@jest/globals';
import { addChoiceDefaults } from '../../../core/comfyui/choices';
import { KnownGraph } from '../../../core/comfyui/knownGraph';
import { applyOverrides } from '../../../core/comfyui/overrides';
import { type WorkflowReader } from '../../../core/deployments/workflow';
import { type Draft } from '../../../core/index';
import { combo, slots } from '../../support/v3Classes.mts';
import { GRAPH, node, OBJECT_INFO, readInfo, V3, withInput } from '../support/workflows.mts';
import { submission } from './rig.mts';

/** Prepares a draft with the workflow read `before`, and the `newest` one if it is read again. */
async function submitted(draft: Partial<Draft>, before = GRAPH, newest = before) {
	const asked: (boolean | undefined)[] = [];
	const read: WorkflowReader = (_choice, fresh) => {
		asked.push(fresh);
		const known = fresh ? newest : before;
		return Promise.resolve({
			workflow: known,
			info: readInfo(OBJECT_INFO),
			warnings: [],
			cached: !fresh,
		});
	};
	const { input, notes } = await submission(draft, read);
	const { workflow: sent, rest } = applyOverrides(
		input.workflowApiJson ?? {},
		input.overrides ?? {},
	);
	return { input, notes, asked, sent, rest };
}

describe('inputs that the saved workflow lacks', () => {
	it('go with the whole workflow, as the newest has it, and a warning', async () => {
		const newest = withInput('9', 'filename_prefix', 'new');
		const { notes, asked, sent, rest } = await submitted(
			{ overrides: { '3': { inputs: { note: 'hello' } }, '6': { inputs: { text: 'a dog' } } } },
			GRAPH,
			newest,
		);
		expect(asked).toEqual([false, true]);
		expect(rest).toEqual({});
		expect(sent).toEqual({
			...newest,
			'3': { ...newest['3'], inputs: { ...newest['3']?.inputs, note: 'hello' } },
			'6': { ...newest['6'], inputs: { ...newest['6']?.inputs, text: 'a dog' } },
		});
		expect(notes.warnings).toEqual([
			expect.stringMatching(/has no value yet for 3 · Sampler → note\..*workflow_api_json/),
		]);
		expect(GRAPH['3']?.inputs).not.toHaveProperty('note');
	});
});

it.each([[undefined], [null]])(
	'nodes that have no inputs in the saved workflow go with the whole workflow, and empty ones: %s',
	async (inputs) => {
		const bare = { class_type: 'Bare', inputs, _meta: { title: 'Bare' } } as never;
		const { input, notes, sent, asked } = await submitted(
			{ overrides: { '6': { inputs: { text: 'a dog' } } } },
			{ ...GRAPH, 60: bare },
		);
		expect(asked).toEqual([false, true]);
		expect(input.workflowApiJson?.['60']).toEqual({
			class_type: 'Bare',
			inputs: {},
			_meta: { title: 'Bare' },
		});
		expect(sent['6']?.inputs).toMatchObject({ text: 'a dog' });
		expect(notes.warnings).toEqual([
			expect.stringMatching(/no "inputs" at 60 · Bare, .*workflow_api_json/),
		]);
	},
);

// Another choice of a dynamic combo requires further inputs; without them, ComfyUI would reject a paid run.
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
});

const CHOOSER = {
	'1': node('Chooser', { mode: 'plain', 'mode.steps': 15, prompt: 'a cat' }, 'Choice'),
};

const choose = (mode: string) =>
	addChoiceDefaults(new KnownGraph(CHOOSER, INFO, { 1: { inputs: { mode } } }));

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
		const { overrides, warnings } = choose('full');
		expect(overrides).toEqual({ '1': { inputs: { ...DEFAULTS, mode: 'full' } } });
		expect(warnings).toEqual([
			expect.stringMatching(
				/^Your choice adds inputs, which are set to their defaults: 1 · Choice: mode\.told = 5; mode\.whole = 3; /,
			),
		]);
	});

	it('adds nothing for what only another node can feed, or has no default', () => {
		const { overrides, warnings } = choose('fed');
		expect(overrides).toEqual({ '1': { inputs: { mode: 'fed' } } });
		expect(warnings).toEqual([]);
	});

	it('comes with the choices within it, and their defaults, but never with a value for a link', async () => {
		const inner = combo({
			on: { required: { depth: ['INT', { default: 5 }], odd: ['INT', { default: 50, max: 9 }] } },
		});
		const amounts = slots({ amount: ['FLOAT', {}] }, { prefix: 'amount', min: 1 });
		const mode = combo({ plain: {}, full: { required: { inner, amounts, told: ['INT', {}] } } });
		const info = readInfo({ Deep: { input: { required: { mode } } } });
		const inputs = { mode: 'full', 'mode.told': 'wrong' };
		const graph = new KnownGraph({ 1: node('Deep', { mode: 'plain' }) }, info, { 1: { inputs } });
		const { overrides, warnings } = addChoiceDefaults(graph);
		const added = { 'mode.inner': 'on', 'mode.inner.depth': 5, 'mode.inner.odd': 50 };
		expect(overrides).toEqual({ 1: { inputs: { ...added, ...inputs } } });
		expect(warnings.join()).toMatch(
			/: 1 · Deep: mode\.inner = on; mode\.inner\.depth = 5; mode\.inner\.odd = 50$/,
		);
	});

	it('is none if an override keeps the choice: a link that the saved workflow lacks is no mistake of the override', async () => {
		const images = slots({ image: ['IMAGE', {}] }, { prefix: 'image', min: 1 });
		const mode = combo({ fed: { required: { images, steps: ['INT', {}] } } });
		const info = readInfo({ Fed: { input: { required: { mode } } } });
		const workflow = { 1: node('Fed', { mode: 'fed', 'mode.steps': 1 }) };
		const overrides = { 1: { inputs: { 'mode.steps': 2 } } };
		const { input } = await submission({ overrides }, { workflow, info, warnings: [] });
		expect(input.overrides).toEqual(overrides);
	});

	it('is none if a row of a group is begun: nobody has chosen what is in it', () => {
		const workflow = { 1: node('RowsOfLoras', { 'loras.0.lora': 'a.safetensors' }) };
		const overrides = { '1': { inputs: { 'loras.1.strength': 0.5, 'loras.2.strength': 0.5 } } };
		expect(addChoiceDefaults(new KnownGraph(workflow, V3, overrides)).overrides).toEqual(overrides);
	});
});
