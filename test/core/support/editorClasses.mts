// Classes as object_info describes them, and nodes as the editor saves them: made up in these forms.
import type { ObjectInfo } from '../../../core/index';
import { combo, rows, slots } from '../../support/v3Classes.mts';
import { readInfo } from './v3Classes.mts';

const INT = (options: object = {}) => ['INT', { default: 1, min: 0, max: 2 ** 64, ...options }];
const FLOAT = ['FLOAT', { default: 1, min: 0, max: 100 }];
const TEXT = ['STRING', { multiline: true }];

const RAW = {
	Sampler: {
		input: {
			required: {
				model: ['MODEL'],
				seed: INT(),
				steps: INT({ default: 20 }),
				cfg: FLOAT,
				sampler_name: [['euler', 'dpmpp_2m'], {}],
				latent: ['LATENT'],
			},
			optional: { denoise: FLOAT },
		},
		output: ['LATENT'],
	},
	Loader: {
		input: { required: { name: [['a.safetensors', 'b.safetensors'], {}] } },
		output: ['MODEL', 'CLIP', 'VAE'],
	},
	Encode: { input: { required: { text: TEXT, clip: ['CLIP'] } }, output: ['CONDITIONING'] },
	Latent: { input: { required: { width: INT(), height: INT() } }, output: ['LATENT'] },
	Patch: {
		input: { required: { model: ['MODEL'], clip: ['CLIP'], strength: FLOAT } },
		output: ['MODEL', 'CLIP'],
	},
	Save: {
		display_name: 'Save Picture',
		input: { required: { images: ['LATENT'], prefix: ['STRING', { default: 'out' }] } },
		output: [],
		output_node: true,
	},
	LoadImage: {
		input: {
			required: { image: [['a.png'], { image_upload: true }] },
			optional: { channel: [['red', 'alpha']] },
		},
		output: ['IMAGE', 'MASK'],
	},
	Forced: {
		input: { required: { text: ['STRING', { forceInput: true }], count: INT() } },
		output: ['STRING'],
	},
	OwnWidget: {
		input: { required: { curve: ['CURVE_OF_ITS_OWN'], count: INT(), points: ['POINTS', {}] } },
		output: ['IMAGE'],
	},
	ComboSeed: {
		input: {
			required: {
				style: ['COMBO', { options: ['oil', 'ink'], control_after_generate: true }],
				after: TEXT,
			},
		},
		output: ['STRING'],
	},
	Partner: {
		input: {
			required: {
				prompt: TEXT,
				model: combo({
					small: {
						required: {
							width: INT(),
							mode: combo({ off: { required: {} }, on: { required: { depth: FLOAT } } }),
							images: slots({ image: ['IMAGE'] }, { prefix: 'image', min: 0, max: 3 }),
						},
					},
					large: { required: { quality: [['low', 'high'], {}] } },
				}),
				seed: INT({ control_after_generate: true }),
				watermark: ['BOOLEAN', { default: false }],
			},
		},
		output: ['IMAGE'],
	},
	Rows: {
		input: {
			required: {
				before: TEXT,
				loras: rows({ lora: [['A', 'B'], {}], strength: FLOAT }, {}, { min: 0, max: 3 }),
				after: TEXT,
			},
		},
		output: ['STRING'],
	},
	Many: {
		input: {
			required: {
				tags: ['COMBO', { options: ['x', 'y', 'z'], multiselect: true, multi_select: {} }],
				after: TEXT,
			},
		},
		output: ['STRING'],
	},
	VHS_Combine: {
		input: {
			required: {
				images: ['IMAGE'],
				frame_rate: FLOAT,
				format: [
					['image/gif', 'video/h264-mp4'],
					{
						formats: {
							'video/h264-mp4': [
								['crf', 'INT', { default: 19 }],
								['trim', 'BOOLEAN', {}],
							],
						},
					},
				],
				save: ['BOOLEAN', { default: true }],
			},
		},
		output: ['VHS_FILENAMES'],
		output_node: true,
	},
	'Power Lora Loader (rgthree)': {
		input: { required: {}, optional: { model: ['MODEL'], clip: ['CLIP'] } },
		output: ['MODEL', 'CLIP'],
	},
};

export const INFO: ObjectInfo = readInfo(RAW);

export interface NodeFacts {
	mode?: number;
	title?: string;
	/** [name, type, link], or with a fourth entry that it also has a widget. */
	inputs?: [string, string, number | null, true?][];
	/** Their types. */
	outputs?: string[];
	values?: unknown;
	[further: string]: unknown;
}

/** A node as the editor saves it. */
export function node(
	id: number | string,
	type: string,
	{ inputs = [], outputs = [], values, ...further }: NodeFacts = {},
): object {
	return {
		id,
		type,
		pos: [0, 0],
		flags: {},
		order: 0,
		mode: 0,
		properties: {},
		inputs: inputs.map(([name, kind, link, widget]) => ({
			name,
			type: kind,
			link,
			...(widget ? { widget: { name } } : {}),
		})),
		outputs: outputs.map((kind) => ({ name: kind, type: kind, links: [] })),
		widgets_values: values,
		...further,
	};
}

/** [id, origin, its slot, target, its slot, type] */
export type LinkRow = [number, number | string, number, number | string, number, string?];

/** Links by id and ends, such as `4: 1.1 > 2.0`: from the output 1 of node 1 to the input 0 of node 2. */
export const wires = (text: string): LinkRow[] =>
	text.split(', ').map((wire) => {
		const [id, from = '', , to = ''] = wire.split(/: | /);
		const [origin = '', out] = from.split('.');
		const [target = '', into] = to.split('.');
		return [Number(id), idOf(origin), Number(out), idOf(target), Number(into)];
	});

const idOf = (text: string) => (Number.isNaN(Number(text)) ? text : Number(text));

export function workflow(
	nodes: object[],
	links: LinkRow[] = [],
	further: object = {},
): Record<string, unknown> {
	return { last_node_id: 99, last_link_id: 99, nodes, links, groups: [], version: 0.4, ...further };
}

export const asObject = ([id, origin_id, origin_slot, target_id, target_slot, type]: LinkRow) => ({
	id,
	origin_id,
	origin_slot,
	target_id,
	target_slot,
	type,
});

/** A subgraph: its inputs are [name, type], the ends of its links -10 and -20. */
export function subgraph(
	id: string,
	{
		inputs = [],
		outputs = [],
		nodes,
		links,
		...further
	}: {
		inputs?: [string, string][];
		outputs?: [string, string][];
		nodes: object[];
		links: LinkRow[];
		[further: string]: unknown;
	},
): object {
	const slots = (given: [string, string][]) =>
		given.map(([name, type]) => ({ id: name, name, type }));
	return {
		id,
		name: 'Inner',
		inputNode: { id: -10 },
		outputNode: { id: -20 },
		inputs: slots(inputs),
		outputs: slots(outputs),
		nodes,
		links: links.map(asObject),
		...further,
	};
}
