import type { Graph, GraphNode, JsonObject } from '../types';

/** Creates a node; its title defaults to the name of its class. */
function node(class_type: string, ...rest: [JsonObject] | [title: string, JsonObject]): GraphNode {
	const [title, inputs] = rest.length === 1 ? [class_type, rest[0]] : rest;
	return { class_type, inputs, _meta: { title } };
}

const sampler = (inputs: JsonObject): GraphNode =>
	node('KSampler', {
		seed: 123456789,
		steps: 20,
		cfg: 4.5,
		sampler_name: 'euler',
		scheduler: 'sgm_uniform',
		denoise: 1,
		model: ['30', 0],
		positive: ['6', 0],
		negative: ['33', 0],
		...inputs,
	});

const prompts = (positive: string): Graph => ({
	'6': node('CLIPTextEncode', 'Positive Prompt', { text: positive, clip: ['30', 1] }),
	'33': node('CLIPTextEncode', 'Negative Prompt', { text: 'blurry, watermark', clip: ['30', 1] }),
});

const checkpoint = (ckpt_name: string): GraphNode =>
	node('CheckpointLoaderSimple', 'Load Checkpoint', { ckpt_name });

const videoCombine = (): GraphNode =>
	node('VHS_VideoCombine', 'Video Combine', {
		images: ['8', 0],
		frame_rate: 8,
		loop_count: 0,
		filename_prefix: 'clip',
		format: 'video/h264-mp4',
		pingpong: false,
		save_output: true,
	});

export const textToImage = (): Graph => ({
	...prompts('a lighthouse on a cliff at sunset, oil painting'),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['31', 0], vae: ['30', 2] }),
	'9': node('SaveImage', 'Save Image', { filename_prefix: 'ComfyUI', images: ['8', 0] }),
	'27': node('EmptySD3LatentImage', 'Image Size', { width: 1024, height: 1024, batch_size: 1 }),
	'30': checkpoint('sd3.5_large_fp8_scaled.safetensors'),
	'31': sampler({ latent_image: ['27', 0] }),
});

export const imageEdit = (): Graph => ({
	...prompts('make it look like a watercolour'),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['31', 0], vae: ['30', 2] }),
	'9': node('SaveImage', 'Save Image', { filename_prefix: 'edit', images: ['8', 0] }),
	'30': checkpoint('flux1-dev-fp8.safetensors'),
	'31': sampler({ positive: ['177', 0], latent_image: ['124', 0] }),
	'42': node('FluxKontextImageScale', { image: ['189', 0] }),
	'124': node('VAEEncode', 'VAE Encode', { pixels: ['42', 0], vae: ['30', 2] }),
	'177': node('ReferenceLatent', { conditioning: ['6', 0], latent: ['124', 0] }),
	'189': node('LoadImage', 'Load Image', { image: 'example.png' }),
	'12': node('PreviewImage', 'Preview Image', { images: ['42', 0] }),
});

export const video = (): Graph => ({
	...prompts('waves rolling onto a beach, drone shot'),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['31', 0], vae: ['30', 2] }),
	'30': checkpoint('wan2.2_ti2v_5B_fp16.safetensors'),
	'31': sampler({ latent_image: ['55', 0] }),
	'55': node('Wan22ImageToVideoLatent', 'Video Size', {
		vae: ['30', 2],
		width: 1280,
		height: 704,
		length: 9,
		batch_size: 1,
	}),
	'92': videoCombine(),
});

export const text = (): Graph => ({
	'1': node('PrimitiveStringMultiline', 'Text', { value: 'some text' }),
	'2': node('PreviewAny', 'Preview Any', { source: ['1', 0] }),
});

/** Every kind of output at once, including a subgraph's node id, texts, keys and an animation. */
export const mixed = (): Graph => ({
	...textToImage(),
	'12': node('PreviewImage', 'Preview Image', { images: ['8', 0] }),
	'18': node('VAEDecodeAudio', { samples: ['31', 0], vae: ['30', 2] }),
	'19': node('SaveAudio', 'Save Audio', { audio: ['18', 0], filename_prefix: 'audio/ComfyUI' }),
	'38:41': node('PrimitiveStringMultiline', 'Text', { value: 'some text from a subgraph' }),
	'38:42': node('PreviewAny', 'Preview Any', { source: ['38:41', 0] }),
	'50': node('CreateVideo', 'Create Video', { images: ['8', 0], fps: 8 }),
	'51': node('SaveVideo', 'Save Video', {
		video: ['50', 0],
		filename_prefix: 'video/ComfyUI',
		format: 'auto',
		codec: 'auto',
	}),
	'52': node('SaveAnimatedPNG', 'Save Animated PNG', {
		images: ['8', 0],
		filename_prefix: 'anim',
		fps: 6,
		compress_level: 4,
	}),
	'61': node('VAEDecodeHunyuan3D', {
		samples: ['31', 0],
		vae: ['30', 2],
		num_chunks: 8000,
		octree_resolution: 256,
	}),
	'62': node('VoxelToMesh', { voxel: ['61', 0], algorithm: 'surface net', threshold: 0.6 }),
	'67': node('SaveGLB', 'Save GLB', { mesh: ['62', 0], filename_prefix: 'mesh/ComfyUI' }),
	'77': node('UploadToBucket', 'Upload', { images: ['8', 0], bucket: 'renders', public: false }),
	'92': videoCombine(),
});

/** The workflow behind a LoRA deployment's flat body. */
export const lora = (): Graph => ({
	...textToImage(),
	'31': sampler({ latent_image: ['27', 0], model: ['40', 0] }),
	'41': node('LoadImage', 'Control Image', { image: 'example.png' }),
	'40': node('LoraLoader', 'Load LoRA', {
		model: ['30', 0],
		clip: ['30', 1],
		lora_name: 'pixel_art.safetensors',
		strength_model: 1,
		strength_clip: 1,
	}),
});

/** A Flux text-to-image workflow, including what custom nodes of the editor leave in an export. */
export const flux = (): Graph => ({
	'6': node('CLIPTextEncodeFlux', {
		clip: ['38', 1],
		clip_l: 'a glass greenhouse at dawn',
		t5xxl: 'a glass greenhouse at dawn, mist between the ferns, soft light, film photograph',
		guidance: 3.5,
	}),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['13', 0], vae: ['10', 0] }),
	'9': node('SaveImage', 'Save Image', { filename_prefix: 'flux', images: ['41', 0] }),
	'10': node('VAELoader', 'Load VAE', { vae_name: 'ae.safetensors' }),
	'11': node('DualCLIPLoader', {
		clip_name1: 't5xxl_fp8_e4m3fn.safetensors',
		clip_name2: 'clip_l.safetensors',
		type: 'flux',
		device: 'default',
	}),
	'12': node('UNETLoader', 'Load Diffusion Model', {
		unet_name: 'flux1-dev.safetensors',
		weight_dtype: 'default',
	}),
	'13': node('SamplerCustomAdvanced', {
		noise: ['25', 0],
		guider: ['22', 0],
		sampler: ['16', 0],
		sigmas: ['17', 0],
		latent_image: ['27', 0],
	}),
	'16': node('KSamplerSelect', { sampler_name: 'euler' }),
	'17': node('BasicScheduler', { model: ['30', 0], scheduler: 'simple', steps: 20, denoise: 1 }),
	'22': node('BasicGuider', { model: ['30', 0], conditioning: ['6', 0] }),
	'25': node('RandomNoise', { noise_seed: 219670278747233 }),
	'27': node('EmptySD3LatentImage', { width: 1024, height: 1024, batch_size: 1 }),
	'30': node('ModelSamplingFlux', {
		model: ['38', 0],
		max_shift: 1.15,
		base_shift: 0.5,
		width: 1024,
		height: 1024,
	}),
	'38': node('Power Lora Loader (rgthree)', {
		PowerLoraLoaderHeaderWidget: { type: 'PowerLoraLoaderHeaderWidget' },
		lora_1: { on: true, lora: 'film_grain_v2.safetensors', strength: 0.6 },
		'➕ Add Lora': '',
		model: ['12', 0],
		clip: ['11', 0],
	}),
	'41': node('ResizeImageMaskNode', 'Resize Image/Mask', {
		input: ['8', 0],
		resize_type: 'scale by multiplier',
		'resize_type.multiplier': 1,
		scale_method: 'lanczos',
	}),
});

/** Two partner nodes: a picture, and a video that starts with it. */
export const partner = (): Graph => ({
	'5': node('ByteDanceSeedreamNodeV2', 'ByteDance Seedream', {
		model: 'seedream 5.0 lite',
		'model.size_preset': '2048x2048 (1:1)',
		'model.width': 2048,
		'model.height': 2048,
		'model.max_images': 1,
		prompt: 'a paper boat on a puddle, macro photograph',
		seed: 42,
		watermark: false,
	}),
	'6': node('KlingImage2VideoNode', 'Kling Image to Video', {
		start_frame: ['5', 0],
		prompt: 'the boat starts to drift',
		negative_prompt: '',
		model_name: 'kling-v2-1',
		cfg_scale: 0.8,
		mode: 'std',
		duration: '5',
	}),
	'9': node('SaveImage', 'Save Image', { filename_prefix: 'seedream', images: ['5', 0] }),
	'10': node('SaveVideo', 'Save Video', {
		video: ['6', 0],
		filename_prefix: 'video/kling',
		format: 'auto',
		codec: 'auto',
	}),
});
