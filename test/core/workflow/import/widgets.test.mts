import { describe, expect, it } from '@jest/globals';
import { convertEditor } from '../../../../core/parsers';
import { INFO, node, type NodeFacts, workflow } from '../../support/editorClasses.mts';

const inputsOf = (classType: string, facts: NodeFacts) =>
	convertEditor(workflow([node(1, classType, facts)]), INFO)['1']?.inputs;

const SEED = 18446744073709551615n;

const SAMPLER_SOCKETS: NodeFacts['inputs'] = [
	['model', 'MODEL', null],
	['latent', 'LATENT', null],
];

describe('the values of widgets', () => {
	it.each<[string, string, NodeFacts, object]>([
		[
			'in the order of the class, without what comes after a seed',
			'Sampler',
			{ inputs: SAMPLER_SOCKETS, values: [SEED, 'randomize', 8, 7.5, 'euler', 0.5] },
			{ seed: SEED, steps: 8, cfg: 7.5, sampler_name: 'euler', denoise: 0.5 },
		],
		[
			'of an editor that kept nothing after a seed',
			'Sampler',
			{ inputs: SAMPLER_SOCKETS, values: [5, 8, 7.5, 'euler', 0.5] },
			{ seed: 5, steps: 8, cfg: 7.5, sampler_name: 'euler', denoise: 0.5 },
		],
		[
			'with the defaults for those that the class has got since',
			'Sampler',
			{ inputs: SAMPLER_SOCKETS, values: [5, 'fixed'] },
			{ seed: 5, steps: 20, cfg: 1, sampler_name: 'euler', denoise: 1 },
		],
		[
			'where the editor lists widgets as inputs, too',
			'Sampler',
			{
				inputs: [...SAMPLER_SOCKETS, ['seed', 'INT', null, true], ['steps', 'INT', null, true]],
				values: [5, 'fixed', 8, 7, 'dpmpp_2m', 1],
			},
			{ seed: 5, steps: 8, cfg: 7, sampler_name: 'dpmpp_2m', denoise: 1 },
		],
		[
			'without the button for an upload, which stands before what is optional',
			'LoadImage',
			{ values: ['b.png', 'image', 'alpha'] },
			{ image: 'b.png', channel: 'alpha' },
		],
		['that has no widget but a socket', 'Forced', { values: [5] }, { count: 5 }],
		[
			'of a type that a node brings along',
			'OwnWidget',
			{ values: ['0,0 1,1', 5, [1, 2]] },
			{ curve: '0,0 1,1', count: 5, points: { __value__: [1, 2] } },
		],
		['of a type that is only linked', 'OwnWidget', { values: [5] }, { count: 5 }],
		[
			'behind a list that is gone through',
			'ComboSeed',
			{ values: ['ink', 'increment', '', 'after'] },
			{ style: 'ink', after: 'after' },
		],
		[
			'of the chosen option, and of the one within it',
			'Partner',
			{ values: ['a cat', 'small', 512, 'on', 0.5, 7, 'randomize', true] },
			{
				prompt: 'a cat',
				model: 'small',
				'model.width': 512,
				'model.mode': 'on',
				'model.mode.depth': 0.5,
				seed: 7,
				watermark: true,
			},
		],
		[
			'of another option',
			'Partner',
			{ values: ['a cat', 'large', 'high', 7, 'fixed', false] },
			{ prompt: 'a cat', model: 'large', 'model.quality': 'high', seed: 7, watermark: false },
		],
		[
			'of as many rows as there are',
			'Rows',
			{ values: ['head', 2, 'A', 1, 'B', 0.5, 'tail'] },
			{
				before: 'head',
				'loras.0.lora': 'A',
				'loras.0.strength': 1,
				'loras.1.lora': 'B',
				'loras.1.strength': 0.5,
				after: 'tail',
			},
		],
		['of no rows', 'Rows', { values: ['head', 0, 'tail'] }, { before: 'head', after: 'tail' }],
		[
			'that are lists, which a bare list would make a link',
			'Many',
			{ values: [['x', 'y'], 'after'] },
			{ tags: { __value__: ['x', 'y'] }, after: 'after' },
		],
		[
			'by their names, without what the editor keeps beside them',
			'VHS_Combine',
			{
				values: {
					frame_rate: 8,
					format: 'video/h264-mp4',
					crf: 17,
					trim: false,
					save: true,
					videopreview: { hidden: false },
				},
			},
			{ frame_rate: 8, format: 'video/h264-mp4', crf: 17, trim: false, save: true },
		],
		[
			'in order with those of a format',
			'VHS_Combine',
			{ values: [8, 'video/h264-mp4', 17, false, true] },
			{ frame_rate: 8, format: 'video/h264-mp4', crf: 17, trim: false, save: true },
		],
		[
			'by the names that a recent editor writes besides',
			'Partner',
			{
				values: ['wrong'],
				widgets_values_named: {
					prompt: 'a cat',
					model: 'large',
					'model.quality': 'low',
					seed: SEED,
					control_after_generate: 'fixed',
					watermark: true,
				},
			},
			{ prompt: 'a cat', model: 'large', 'model.quality': 'low', seed: SEED, watermark: true },
		],
		[
			'that a node of rgthree makes as many of as it likes',
			'Power Lora Loader (rgthree)',
			{
				values: [
					{},
					{ type: 'PowerLoraLoaderHeaderWidget' },
					{ on: true, lora: 'A', strength: 1 },
					{ on: false, lora: 'B', strength: 0.5 },
					{},
					'',
				],
			},
			{
				lora_1: { on: true, lora: 'A', strength: 1 },
				lora_2: { on: false, lora: 'B', strength: 0.5 },
			},
		],
		['that are null', 'Latent', { values: [null, 512] }, { height: 512 }],
		['of which there are none', 'Latent', { values: undefined }, { width: 1, height: 1 }],
	])('%s', (_what, classType, facts, expected) => {
		expect(inputsOf(classType, facts)).toEqual(expected);
	});

	it.each<[string, string, NodeFacts, RegExp]>([
		[
			'of another kind than their widget',
			'Sampler',
			{ inputs: SAMPLER_SOCKETS, values: [5, 'fixed', 'euler', 7, 8, 1] },
			/1 · Sampler has "euler" for steps/,
		],
		[
			'of an option that there is not',
			'Partner',
			{ values: ['a cat', 'huge', 1] },
			/"huge" for model/,
		],
		['of rows that cannot be', 'Rows', { values: ['head', 9] }, /has 9 for loras/],
		['of an object in the place of a text', 'Encode', { values: [{}] }, /an object for text/],
	])('%s: are refused', (_what, classType, facts, message) => {
		expect(() => inputsOf(classType, facts)).toThrow(message);
		expect(() => inputsOf(classType, facts)).toThrow('another version of its class');
	});
});
