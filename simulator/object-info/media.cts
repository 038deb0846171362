import type { InputSpec, NodeClass } from './define.cjs';
import {
	boolean,
	choice,
	combo,
	defineNode,
	dynamicCombo,
	float,
	int,
	link,
	seed,
	string,
} from './define.cjs';

const HIDDEN = { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' };
const output = (name: string, definition: Parameters<typeof defineNode>[1]): NodeClass =>
	defineNode(name, { hidden: HIDDEN, outputNode: true, ...definition });

/** How SaveVideo encodes, if it does not leave that to ComfyUI. */
const encoding = (crf: number, most: number) => {
	const color_space = combo(['auto', 'sRGB', 'HDR', 'HDR PQ'], 'auto');
	const inputs = { required: { crf: float(crf, 0, most, 1), color_space } };
	return dynamicCombo([
		{ key: 'auto', inputs: {} },
		{ key: 're-encode', inputs },
	]);
};
const codecs = (...keys: Array<'h264' | 'av1'>) => {
	const limits = { h264: encoding(23, 51), av1: encoding(30, 63) };
	const options = keys.map((key) => ({ key, inputs: { optional: { encoding: limits[key] } } }));
	return dynamicCombo([{ key: 'auto', inputs: {} }, ...options], 'The output video codec.');
};
/** Workflows from before `format.codec` have it; no editor shows it. */
const hidden = ([type, options]: InputSpec): InputSpec => [type, { ...options, hidden: true }];
const container = (key: string, codec = codecs('h264', 'av1')) => ({
	key,
	inputs: { required: { codec } },
});
const CONTAINERS = [
	...['auto', 'mp4', 'mkv'].map((key) => container(key)),
	container('webm', codecs('av1')),
];

/** Files said to lie in the instance's input folder. */
const INPUT_IMAGES = ['example.png', 'portrait.jpg'];

/** What the format asks for besides. */
const H264_INPUTS = [
	['pix_fmt', ['yuv420p', 'yuv420p10le']],
	['crf', 'INT', { default: 19, min: 0, max: 100, step: 1 }],
	['save_metadata', 'BOOLEAN', { default: true }],
	['trim_to_audio', 'BOOLEAN', { default: false }],
];

export const MEDIA: NodeClass[] = [
	defineNode('LoadImage', {
		displayName: 'Load Image',
		required: { image: [INPUT_IMAGES, { image_upload: true }] },
		outputs: ['IMAGE', 'MASK'],
	}),
	output('SaveImage', {
		displayName: 'Save Image',
		outputs: ['IMAGE'],
		description: 'Saves the input images to your ComfyUI output directory.',
		required: {
			images: link('IMAGE', 'The images to save.'),
			filename_prefix: string('ComfyUI', false, 'The prefix for the file to save.'),
		},
	}),
	output('PreviewImage', {
		displayName: 'Preview Image',
		required: { images: 'IMAGE' },
		outputs: ['IMAGE'],
	}),
	output('SaveAnimatedPNG', {
		outputs: ['IMAGE'],
		required: {
			images: 'IMAGE',
			filename_prefix: string('ComfyUI'),
			fps: float(6, 0.01, 1000, 0.01),
			compress_level: int(4, 0, 9),
		},
	}),
	output('SaveAnimatedWEBP', {
		outputs: ['IMAGE'],
		required: {
			images: 'IMAGE',
			filename_prefix: string('ComfyUI'),
			fps: float(6, 0.01, 1000, 0.01),
			lossless: boolean(true),
			quality: int(80, 0, 100),
			method: choice(['default', 'fastest', 'slowest']),
		},
	}),
	output('SaveWEBM', {
		outputs: ['IMAGE'],
		required: {
			images: 'IMAGE',
			filename_prefix: string('ComfyUI'),
			codec: choice(['vp9', 'av1']),
			fps: float(24, 0.01, 1000, 0.01),
			crf: float(32, 0, 63, 1, 'Higher crf means lower quality with a smaller file size.'),
		},
	}),
	defineNode('VHS_VideoCombine', {
		displayName: 'Video Combine',
		required: {
			images: 'IMAGE',
			frame_rate: float(8, 1, 120, 1),
			loop_count: int(0, 0, 100),
			filename_prefix: string('AnimateDiff'),
			format: [['video/h264-mp4'], { formats: { 'video/h264-mp4': H264_INPUTS } }],
			pingpong: boolean(false),
			save_output: boolean(true),
		},
		optional: { audio: 'AUDIO', vae: 'VAE' },
		hidden: { ...HIDDEN, unique_id: 'UNIQUE_ID' },
		outputs: ['VHS_FILENAMES'],
		outputNode: true,
	}),
	defineNode('CreateVideo', {
		displayName: 'Create Video',
		required: { images: 'IMAGE', fps: float(8, 1, 120, 1) },
		optional: { audio: 'AUDIO' },
		outputs: ['VIDEO'],
	}),
	output('SaveVideo', {
		...{ displayName: 'Save Video', outputs: ['VIDEO'], v3: true },
		required: {
			video: link('VIDEO', 'The video to save.'),
			filename_prefix: string('video/ComfyUI'),
			format: dynamicCombo(CONTAINERS, 'The output container.'),
		},
		optional: { codec: hidden(codecs('h264', 'av1')) },
	}),
	defineNode('VHS_LoadVideo', {
		displayName: 'Load Video (Upload)',
		required: {
			video: choice(['example.mp4']),
			force_rate: float(0, 0, 60, 1),
			frame_load_cap: int(0, 0, 9999),
		},
		outputs: ['IMAGE', 'INT', 'AUDIO', 'VHS_VIDEOINFO'],
	}),
	defineNode('Wan22ImageToVideoLatent', {
		required: {
			vae: 'VAE',
			width: int(1280, 32, 16_384, undefined, 32),
			height: int(704, 32, 16_384, undefined, 32),
			length: int(49, 1, 16_384, 'Number of frames.', 4),
			batch_size: int(1, 1, 4096),
		},
		optional: { start_image: 'IMAGE' },
		outputs: ['LATENT'],
	}),
	defineNode('EmptyAceStepLatentAudio', {
		required: { seconds: float(120, 1, 1000, 0.1), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('TextEncodeAceStepAudio', {
		required: {
			clip: 'CLIP',
			tags: string('', true),
			lyrics: string('', true),
			lyrics_strength: float(1, 0, 10, 0.01),
		},
		outputs: ['CONDITIONING'],
	}),
	defineNode('VAEDecodeAudio', { required: { samples: 'LATENT', vae: 'VAE' }, outputs: ['AUDIO'] }),
	output('SaveAudio', {
		...{ displayName: 'Save Audio', outputs: ['AUDIO'] },
		required: { audio: 'AUDIO', filename_prefix: string('audio/ComfyUI') },
	}),
	defineNode('EmptyLatentHunyuan3Dv2', {
		required: { resolution: int(3072, 1, 8192), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('VAEDecodeHunyuan3D', {
		required: {
			samples: 'LATENT',
			vae: 'VAE',
			num_chunks: int(8000, 1000, 500_000),
			octree_resolution: int(256, 16, 512),
		},
		outputs: ['VOXEL'],
	}),
	defineNode('VoxelToMesh', {
		required: {
			voxel: 'VOXEL',
			algorithm: choice(['surface net', 'basic']),
			threshold: float(0.6, -1, 1, 0.01),
		},
		outputs: ['MESH'],
	}),
	output('SaveGLB', {
		required: { mesh: 'MESH,FILE_3D_GLB,FILE_3D', filename_prefix: string('3d/ComfyUI') },
	}),
	defineNode('Florence2Run', {
		required: {
			image: 'IMAGE',
			florence2_model: 'FL2MODEL',
			text_input: string('', true),
			task: choice(['caption', 'detailed_caption', 'more_detailed_caption', 'ocr']),
			max_new_tokens: int(1024, 1, 4096),
			num_beams: int(3, 1, 64),
			do_sample: boolean(true),
			seed: seed('Seed of the sampled caption.'),
		},
		outputs: ['IMAGE', 'MASK', 'STRING', 'JSON'],
	}),
	defineNode('DownloadAndLoadFlorence2Model', {
		required: {
			model: choice(['microsoft/Florence-2-base', 'microsoft/Florence-2-large']),
			precision: choice(['fp16', 'bf16', 'fp32']),
		},
		outputs: ['FL2MODEL'],
	}),
	defineNode('ShowText|pysssss', {
		displayName: 'Show Text 🐍',
		required: { text: 'STRING' },
		hidden: { unique_id: 'UNIQUE_ID', extra_pnginfo: 'EXTRA_PNGINFO' },
		outputs: ['STRING'],
		outputNode: true,
	}),
	defineNode('PreviewAny', {
		displayName: 'Preview Any',
		required: { source: '*' },
		outputs: ['STRING'],
		outputNode: true,
	}),
	defineNode('PrimitiveStringMultiline', {
		displayName: 'String (Multiline)',
		required: { value: string('', true) },
		outputs: ['STRING'],
	}),
	defineNode('UploadToBucket', {
		description: 'Puts images into a bucket of your own and returns their keys.',
		required: { images: 'IMAGE', bucket: string('renders'), public: boolean(false) },
		outputNode: true,
	}),
];
