// Workflows, ComfyUI's description of their nodes, and deployments that run them.
import { type ObjectInfo, readNodeClass } from '../../../core/comfyui/objectInfo';
import { stringifyJson, type WorkflowApiJson } from '../../../core/index';
import { V3_INFO } from '../../support/v3Classes.mts';
import type { Reply, Script, Seen } from './virtualHost.mts';

/** A node as ComfyUI exports it. */
export const node = (
	class_type: string,
	inputs: Record<string, unknown> = {},
	title?: string,
): WorkflowApiJson[string] => ({
	class_type,
	inputs,
	...(title === undefined ? {} : { _meta: { title } }),
});

/** This many nodes, numbered from 1. */
export const nodes = (
	count: number,
	make: (number: number) => WorkflowApiJson[string],
): WorkflowApiJson =>
	Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at + 1}`, make(at + 1)]));

/** As ComfyUI exports it, with the same title for both prompts. */
export const GRAPH: WorkflowApiJson = {
	'3': node(
		'KSampler',
		{
			seed: 18446744073709551615n,
			steps: 20,
			cfg: 4.5,
			sampler_name: 'euler',
			denoise: 1,
			model: ['4', 0],
			positive: ['6', 0],
			negative: ['7', 0],
			latent_image: ['5', 0],
		},
		'Sampler',
	),
	'4': node('CheckpointLoaderSimple', { ckpt_name: 'sd_xl.safetensors' }),
	'5': node('EmptyLatentImage', { width: 512, height: 768, batch_size: 1 }, 'Size'),
	'6': node('CLIPTextEncode', { text: 'a cat', clip: ['4', 1] }, 'CLIP Text Encode (Prompt)'),
	'7': node('CLIPTextEncode', { text: 'blurry', clip: ['4', 1] }, 'CLIP Text Encode (Prompt)'),
	'8': node('VAEDecode', { samples: ['3', 0], vae: ['4', 2] }),
	'9': node('SaveImage', { filename_prefix: 'out', images: ['8', 0] }, 'Save'),
	'10': node('LoadImage', { image: 'example.png', upload: 'image' }, 'Load Image'),
	'38:2': node('PrimitiveBoolean', { value: true }, 'Upscale'),
};

/** A changed copy of `GRAPH`. */
export function changed(change: (graph: WorkflowApiJson) => void): WorkflowApiJson {
	const graph = structuredClone(GRAPH);
	change(graph);
	return graph;
}

export const withInput = (nodeId: string, input: string, value: unknown): WorkflowApiJson =>
	changed((graph) => (graph[nodeId]!.inputs[input] = value));

/** object_info in ComfyUI's own format. */
export const OBJECT_INFO = {
	KSampler: {
		input: {
			required: {
				model: ['MODEL'],
				seed: ['INT', { default: 0, min: 0, max: 18446744073709552000 }],
				steps: ['INT', { default: 20, min: 1, max: 10000 }],
				cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1 }],
				sampler_name: [['euler', 'heun', 'dpmpp_2m']],
				positive: ['CONDITIONING'],
				negative: ['CONDITIONING'],
				latent_image: ['LATENT'],
				denoise: ['FLOAT', { min: 0, max: 1 }],
			},
			optional: { note: ['STRING', { multiline: true }], mask: ['MASK'] },
		},
		output: ['LATENT'],
		output_node: false,
	},
	CheckpointLoaderSimple: {
		input: { required: { ckpt_name: [['sd_xl.safetensors', 'flux.safetensors']] } },
		output: ['MODEL', 'CLIP', 'VAE'],
		output_node: false,
	},
	EmptyLatentImage: {
		input: {
			required: {
				width: ['INT', { min: 16, max: 16384 }],
				height: ['INT', { min: 16, max: 16384 }],
				batch_size: ['INT', { min: 1, max: 64 }],
			},
		},
		output: ['LATENT'],
		output_node: false,
	},
	CLIPTextEncode: {
		input: { required: { text: ['STRING', { multiline: true }], clip: ['CLIP'] } },
		output: ['CONDITIONING'],
		output_node: false,
	},
	VAEDecode: {
		input: { required: { samples: ['LATENT'], vae: ['VAE'] } },
		output: ['IMAGE'],
		output_node: false,
	},
	SaveImage: {
		input: { required: { images: ['IMAGE'], filename_prefix: ['STRING'] } },
		output: [],
		output_node: true,
	},
	LoadImage: {
		input: { required: { image: [['example.png', 'photo.png'], { image_upload: true }] } },
		output: ['IMAGE', 'MASK'],
		output_node: false,
	},
	PrimitiveBoolean: {
		input: { required: { value: ['BOOLEAN', {}] } },
		output: ['BOOLEAN'],
		output_node: false,
	},
	NotInGraph: { input: {} },
};

/** ComfyUI's object_info, as read by the core. */
export const readInfo = (raw: Record<string, unknown>): ObjectInfo =>
	Object.fromEntries(
		Object.entries(raw).map(([name, given]) => [name, readNodeClass(given, name)]),
	);

export const V3 = readInfo(V3_INFO);

export const INFO_URL = 'https://files.example.com/object_info.json';
export const DEPLOYMENT: Reply = {
	body: stringifyJson({
		id: 'dep',
		payload: { workflow_api_json: GRAPH, overrides: {}, object_info_url: INFO_URL },
	}),
};
export const INFO: Reply = { body: JSON.stringify(OBJECT_INFO) };

/** Creates a service with one deployment, or with the given answers. */
export const service =
	(deployment: Reply | Error = DEPLOYMENT, info: Reply | Error = INFO): Script =>
	({ leaf }: Seen) =>
		leaf === 'object_info.json' ? info : deployment;

export const payload = (fields: object): Reply => ({
	body: JSON.stringify({ id: 'dep', payload: fields }),
});
