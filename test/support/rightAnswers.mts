// Overrides that ComfyUI accepts or refuses. A check that refuses a correct
// value is worse than no check.
import { V3_INFO } from './v3Classes.mts';

interface Node {
	class_type: string;
	inputs: Record<string, unknown>;
	_meta?: { title?: string };
}

/** Two of ComfyUI's own classes, in the older format. */
const V1_INFO = {
	KSampler: {
		input: {
			required: {
				seed: ['INT', { default: 0, min: 0, max: 18446744073709552000 }],
				steps: ['INT', { default: 20, min: 1, max: 10000 }],
				cfg: ['FLOAT', { default: 8, min: 0, max: 100, step: 0.1 }],
				sampler_name: [['euler', 'heun', 'dpmpp_2m']],
				denoise: ['FLOAT', { min: 0, max: 1 }],
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
};

/** object_info of the machine that runs `SAVED`. */
export const ANSWERS_INFO = { ...V1_INFO, ...V3_INFO };

export const SAVED: Record<string, Node> = {
	'1': {
		class_type: 'PaintingPartner',
		inputs: {
			model: 'painter 4',
			'model.size_preset': 'Custom',
			'model.width': 800,
			'model.thinking': 'off',
			prompt: 'a cat',
			seed: 5,
		},
		_meta: { title: 'Painter' },
	},
	'2': {
		class_type: 'VHS_VideoCombine',
		inputs: { images: ['1', 0], format: 'image/gif', videopreview: { hidden: false } },
	},
	'3': {
		class_type: 'Power Lora Loader (rgthree)',
		inputs: {
			PowerLoraLoaderHeaderWidget: { type: 'PowerLoraLoaderHeaderWidget' },
			lora_1: { on: true, lora: 'a.safetensors', strength: 1 },
			'➕ Add Lora': '',
		},
	},
	'4': {
		class_type: 'KSampler',
		inputs: { sampler_name: 'res_2s', steps: 20, cfg: 120, seed: 1, denoise: 1 },
	},
	'5': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['3', 1] } },
	'6': {
		class_type: 'Widgets',
		inputs: {
			amount: 2,
			model_file: '',
			voices: 'Ann',
			avatar: 'Bob',
			tags: { __value__: ['red'] },
			color: '#ffffff',
			colors: { __value__: ['#ffffff', '#000000'] },
		},
	},
	'7': { class_type: 'RowsOfLoras', inputs: { 'loras.0.lora': 'a.safetensors' } },
	'8': { class_type: 'GrowingSwitch', inputs: { select: 1, input1: ['5', 0] } },
};

/** Node and override: ComfyUI accepts these. */
export const TAKEN: [nodeId: string, inputs: Record<string, unknown>][] = [
	['1', { model: 'painter 5 lite', 'model.max_images': 4 }],
	['1', { model: 'painter 5 lite', 'model.width': 6240, 'model.images.image_2': ['8', 0] }],
	['1', { 'model.thinking': 'on', 'model.thinking.depth': 0.25 }],
	['1', { model: ['8', 0], 'model.max_images': 4 }],
	['1', { 'model.width': '512' }],
	['2', { format: 'video/h264-mp4', crf: 19, pix_fmt: 'yuv420p10le' }],
	['2', { format: 'video/h264-mp4', crf: '19', save_metadata: 'false' }],
	['2', { videopreview: { hidden: true } }],
	['3', { lora_2: { on: true, lora: 'b.safetensors', strength: 0.5 } }],
	['4', { steps: '20', cfg: '7.5', seed: '123' }],
	['4', { sampler_name: 'res_2s' }],
	['4', { sampler_name: 'res_3m' }],
	['4', { cfg: 150 }],
	['5', { text: 123 }],
	['5', { text: 'a cat,\r\n\ta dog\u0007 and a 🐈' }],
	['5', { text: 'a {red|blue} cat, {{twice}}, for $5 {{ 7 }}' }],
	['6', { amount: 3, model_file: 'a.glb', voices: 'nobody listed', avatar: 'nor this' }],
	['6', { tags: ['red', 'blue'] }],
	['6', { tags: { __value__: ['green'] } }],
	['6', { tags: 'green' }],
	['6', { tags: '["green"]' }],
	['6', { colors: ['#ff0000'], curve: { points: [], interpolation: 'linear' } }],
	['6', { amount: '2.5', model_file: ['6', 1] }],
	['7', { 'loras.1.lora': 'b.safetensors', 'loras.1.strength': '0.5' }],
	['8', { input2: ['5', 0] }],
];

/** Node, override, and finding: input, problem, suggestion. */
export const REFUSED: [nodeId: string, inputs: Record<string, unknown>, found: string][] = [
	['1', { model: 'paintr 5 lite', 'model.max_images': 4 }, 'model unknown_choice painter 5 lite'],
	['1', { 'model.width': 50 }, 'model.width out_of_range'],
	['1', { model: 'painter 5 lite', 'model.width': 800 }, 'model.width out_of_range'],
	['1', { 'model.size_preset': 'nonsense' }, 'model.size_preset unknown_choice'],
	[
		'1',
		{ model: 'painter 5 lite', 'model.size_preset': '1024x1024 (1:1)' },
		'model.size_preset unknown_choice 2048x2048 (1:1)',
	],
	['1', { 'model.max_images': 4 }, 'model.max_images unknown_input'],
	['1', { 'model.widht': 512 }, 'model.widht unknown_input model.width'],
	['1', { 'model.thinking.depth': 0.5 }, 'model.thinking.depth unknown_input'],
	['2', { format: 'video/h264-mp4', crf: 190 }, 'crf out_of_range'],
	['2', { format: 'video/h264-mp4', pix_fmt: 'yuv' }, 'pix_fmt unknown_choice yuv420p'],
	['2', { crf: 19 }, 'crf unknown_input'],
	['3', { loras_2: {} }, 'loras_2 unknown_input lora_1'],
	['4', { steps: 'twenty' }, 'steps wrong_type'],
	['5', { text: '{{ $json.prompt }}' }, 'text expression'],
	['5', { text: 'a cat, {{{payload}}}' }, 'text expression'],
	['6', { tags: ['red', 'bleu'] }, 'tags unknown_choice blue'],
	['6', { amount: 11 }, 'amount out_of_range'],
	['6', { curve: 'a text' }, 'curve wrong_type'],
	['7', { 'loras.3.lora': 'a.safetensors' }, 'loras.3.lora unknown_input loras.0.lora'],
	['7', { 'loras.1.weight': 1 }, 'loras.1.weight unknown_input loras.1.lora'],
	['8', { inptu2: ['5', 0] }, 'inptu2 unknown_input input1'],
];
