import type { NodeClass } from './define.cjs';
import { boolean, choice, combo, defineNode, float, int, link, seed, string } from './define.cjs';

const HIDDEN = { prompt: 'PROMPT', extra_pnginfo: 'EXTRA_PNGINFO' };
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
		category: 'image',
		required: { image: [INPUT_IMAGES, { image_upload: true }] },
		outputs: ['IMAGE', 'MASK'],
	}),
	defineNode('SaveImage', {
		displayName: 'Save Image',
		category: 'image',
		description: 'Saves the input images to your ComfyUI output directory.',
		required: {
			images: link('IMAGE', 'The images to save.'),
			filename_prefix: string('ComfyUI', false, 'The prefix for the file to save.'),
		},
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('PreviewImage', {
		displayName: 'Preview Image',
		category: 'image',
		required: { images: link('IMAGE') },
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('SaveAnimatedPNG', {
		category: 'image/animation',
		module: 'comfy_extras.nodes_images',
		required: {
			images: link('IMAGE'),
			filename_prefix: string('ComfyUI'),
			fps: float(6, 0.01, 1000, 0.01),
			compress_level: int(4, 0, 9),
		},
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('VHS_VideoCombine', {
		displayName: 'Video Combine',
		category: 'Video Helper Suite',
		module: 'custom_nodes.comfyui-videohelpersuite',
		required: {
			images: link('IMAGE'),
			frame_rate: float(8, 1, 120, 1),
			loop_count: int(0, 0, 100),
			filename_prefix: string('AnimateDiff'),
			format: [['video/h264-mp4'], { formats: { 'video/h264-mp4': H264_INPUTS } }],
			pingpong: boolean(false),
			save_output: boolean(true),
		},
		optional: { audio: link('AUDIO'), vae: link('VAE') },
		hidden: { ...HIDDEN, unique_id: 'UNIQUE_ID' },
		outputs: ['VHS_FILENAMES'],
		outputNode: true,
	}),
	defineNode('CreateVideo', {
		displayName: 'Create Video',
		category: 'image/video',
		module: 'comfy_extras.nodes_video',
		required: { images: link('IMAGE'), fps: float(8, 1, 120, 1) },
		optional: { audio: link('AUDIO') },
		outputs: ['VIDEO'],
	}),
	defineNode('SaveVideo', {
		displayName: 'Save Video',
		category: 'image/video',
		module: 'comfy_extras.nodes_video',
		required: {
			video: link('VIDEO', 'The video to save.'),
			filename_prefix: string('video/ComfyUI'),
			format: combo(['auto', 'mp4'], 'auto'),
			codec: combo(['auto', 'h264'], 'auto'),
		},
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('VHS_LoadVideo', {
		displayName: 'Load Video (Upload)',
		category: 'Video Helper Suite',
		module: 'custom_nodes.comfyui-videohelpersuite',
		required: {
			video: choice(['example.mp4']),
			force_rate: float(0, 0, 60, 1),
			frame_load_cap: int(0, 0, 9999),
		},
		outputs: ['IMAGE', 'INT', 'AUDIO', 'VHS_VIDEOINFO'],
	}),
	defineNode('Wan22ImageToVideoLatent', {
		category: 'conditioning/inpaint',
		module: 'comfy_extras.nodes_wan',
		required: {
			vae: link('VAE'),
			width: int(1280, 32, 16_384, undefined, 32),
			height: int(704, 32, 16_384, undefined, 32),
			length: int(49, 1, 16_384, 'Number of frames.', 4),
			batch_size: int(1, 1, 4096),
		},
		optional: { start_image: link('IMAGE') },
		outputs: ['LATENT'],
	}),
	defineNode('EmptyAceStepLatentAudio', {
		category: 'latent/audio',
		module: 'comfy_extras.nodes_ace',
		required: { seconds: float(120, 1, 1000, 0.1), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('TextEncodeAceStepAudio', {
		category: 'conditioning',
		module: 'comfy_extras.nodes_ace',
		required: {
			clip: link('CLIP'),
			tags: string('', true),
			lyrics: string('', true),
			lyrics_strength: float(1, 0, 10, 0.01),
		},
		outputs: ['CONDITIONING'],
	}),
	defineNode('VAEDecodeAudio', {
		category: 'latent/audio',
		module: 'comfy_extras.nodes_audio',
		required: { samples: link('LATENT'), vae: link('VAE') },
		outputs: ['AUDIO'],
	}),
	defineNode('SaveAudio', {
		displayName: 'Save Audio',
		category: 'audio',
		module: 'comfy_extras.nodes_audio',
		required: { audio: link('AUDIO'), filename_prefix: string('audio/ComfyUI') },
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('EmptyLatentHunyuan3Dv2', {
		category: 'latent/3d',
		module: 'comfy_extras.nodes_hunyuan3d',
		required: { resolution: int(3072, 1, 8192), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('VAEDecodeHunyuan3D', {
		category: 'latent/3d',
		module: 'comfy_extras.nodes_hunyuan3d',
		required: {
			samples: link('LATENT'),
			vae: link('VAE'),
			num_chunks: int(8000, 1000, 500_000),
			octree_resolution: int(256, 16, 512),
		},
		outputs: ['VOXEL'],
	}),
	defineNode('VoxelToMesh', {
		category: '3d',
		module: 'comfy_extras.nodes_hunyuan3d',
		required: {
			voxel: link('VOXEL'),
			algorithm: choice(['surface net', 'basic']),
			threshold: float(0.6, -1, 1, 0.01),
		},
		outputs: ['MESH'],
	}),
	defineNode('SaveGLB', {
		category: '3d',
		module: 'comfy_extras.nodes_hunyuan3d',
		required: { mesh: link('MESH'), filename_prefix: string('mesh/ComfyUI') },
		hidden: HIDDEN,
		outputNode: true,
	}),
	defineNode('Florence2Run', {
		category: 'Florence2',
		module: 'custom_nodes.ComfyUI-Florence2',
		required: {
			image: link('IMAGE'),
			florence2_model: link('FL2MODEL'),
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
		category: 'Florence2',
		module: 'custom_nodes.ComfyUI-Florence2',
		required: {
			model: choice(['microsoft/Florence-2-base', 'microsoft/Florence-2-large']),
			precision: choice(['fp16', 'bf16', 'fp32']),
		},
		outputs: ['FL2MODEL'],
	}),
	defineNode('ShowText|pysssss', {
		displayName: 'Show Text 🐍',
		category: 'utils',
		module: 'custom_nodes.comfyui-custom-scripts',
		required: { text: link('STRING') },
		hidden: { unique_id: 'UNIQUE_ID', extra_pnginfo: 'EXTRA_PNGINFO' },
		outputs: ['STRING'],
		outputNode: true,
	}),
	defineNode('PreviewAny', {
		displayName: 'Preview Any',
		category: 'utils',
		module: 'comfy_extras.nodes_preview_any',
		required: { source: link('*') },
		outputNode: true,
	}),
	defineNode('PrimitiveStringMultiline', {
		displayName: 'String (Multiline)',
		category: 'utils/primitive',
		module: 'comfy_extras.nodes_primitive',
		required: { value: string('', true) },
		outputs: ['STRING'],
	}),
	defineNode('UploadToBucket', {
		category: 'storage',
		module: 'custom_nodes.comfyui-bucket-upload',
		description: 'Puts images into a bucket of your own and returns their keys.',
		required: { images: link('IMAGE'), bucket: string('renders'), public: boolean(false) },
		outputNode: true,
	}),
];
