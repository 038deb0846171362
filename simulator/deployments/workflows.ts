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

export const audio = (): Graph => ({
	'14': node('TextEncodeAceStepAudio', 'Song', {
		clip: ['30', 1],
		tags: 'lo-fi, piano, calm',
		lyrics: '',
		lyrics_strength: 1,
	}),
	'17': node('EmptyAceStepLatentAudio', 'Length', { seconds: 2, batch_size: 1 }),
	'18': node('VAEDecodeAudio', { samples: ['31', 0], vae: ['30', 2] }),
	'19': node('SaveAudio', 'Save Audio', { audio: ['18', 0], filename_prefix: 'audio/ComfyUI' }),
	'30': checkpoint('ace_step_v1_3.5b.safetensors'),
	'31': sampler({ positive: ['14', 0], negative: ['14', 0], latent_image: ['17', 0] }),
});

export const text = (): Graph => ({
	'1': node('LoadImage', 'Load Image', { image: 'example.png' }),
	'2': node('DownloadAndLoadFlorence2Model', {
		model: 'microsoft/Florence-2-base',
		precision: 'fp16',
	}),
	'3': node('Florence2Run', 'Caption', {
		image: ['1', 0],
		florence2_model: ['2', 0],
		text_input: '',
		task: 'caption',
		max_new_tokens: 1024,
		num_beams: 3,
		do_sample: true,
		seed: 1,
	}),
	'4': node('ShowText|pysssss', 'Show Text', { text: ['3', 2] }),
});

export const model3d = (): Graph => ({
	...prompts('a small house'),
	'30': checkpoint('hunyuan3d-dit-v2_fp16.safetensors'),
	'31': sampler({ latent_image: ['66', 0] }),
	'61': node('VAEDecodeHunyuan3D', {
		samples: ['31', 0],
		vae: ['30', 2],
		num_chunks: 8000,
		octree_resolution: 256,
	}),
	'62': node('VoxelToMesh', { voxel: ['61', 0], algorithm: 'surface net', threshold: 0.6 }),
	'66': node('EmptyLatentHunyuan3Dv2', { resolution: 3072, batch_size: 1 }),
	'67': node('SaveGLB', 'Save GLB', { mesh: ['62', 0], filename_prefix: 'mesh/ComfyUI' }),
});

/** Every kind of output at once, including a subgraph's node id, texts, keys and an animation. */
export const mixed = (): Graph => ({
	...textToImage(),
	'12': node('PreviewImage', 'Preview Image', { images: ['8', 0] }),
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
	'77': node('UploadToBucket', 'Upload', { images: ['8', 0], bucket: 'renders', public: false }),
	'92': videoCombine(),
});

/** The workflow behind a LoRA deployment's flat body. */
export const lora = (): Graph => ({
	...textToImage(),
	'31': sampler({ latent_image: ['27', 0], model: ['40', 0] }),
	'40': node('LoraLoader', 'Load LoRA', {
		model: ['30', 0],
		clip: ['30', 1],
		lora_name: 'pixel_art.safetensors',
		strength_model: 1,
		strength_clip: 1,
	}),
});

/** The text-to-image workflow grown to 300 nodes by combining prompt fragments. */
export function large(): Graph {
	const preview = node('PreviewImage', 'Preview Image', { images: ['8', 0] });
	const graph: Graph = { ...textToImage(), '900': preview };
	let positive: [string, number] = ['6', 0];
	for (let id = 1000; Object.keys(graph).length < 300; id += 2) {
		const [encode, combine] = [String(id), String(id + 1)];
		graph[encode] = node('CLIPTextEncode', 'Detail', { text: `detail ${id}`, clip: ['30', 1] });
		const both = { conditioning_1: positive, conditioning_2: [encode, 0] };
		graph[combine] = node('ConditioningCombine', both);
		positive = [combine, 0];
	}
	graph['31'] = sampler({ positive, latent_image: ['27', 0] });
	return graph;
}

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

const wanSampler = (inputs: JsonObject) =>
	node('KSamplerAdvanced', 'KSampler (Advanced)', {
		noise_seed: 481237,
		steps: ['71', 0],
		cfg: 3.5,
		sampler_name: 'euler',
		scheduler: 'simple',
		positive: ['63', 0],
		negative: ['63', 1],
		...inputs,
	});

/** The prompts and the two models of Wan. */
const wanModels = (): Graph => ({
	'6': node('CLIPTextEncode', 'CLIP Text Encode (Positive Prompt)', {
		text: 'the boat drifts slowly through the fog',
		clip: ['38', 0],
	}),
	'7': node('CLIPTextEncode', 'CLIP Text Encode (Negative Prompt)', {
		text: 'still picture, subtitles, worst quality',
		clip: ['38', 0],
	}),
	'37': node('UNETLoader', {
		unet_name: 'wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors',
		weight_dtype: 'default',
	}),
	'38': node('CLIPLoader', {
		clip_name: 'umt5_xxl_fp8_e4m3fn_scaled.safetensors',
		type: 'wan',
		device: 'default',
	}),
	'39': node('VAELoader', { vae_name: 'wan_2.1_vae.safetensors' }),
	'54': node('ModelSamplingSD3', { shift: 8, model: ['37', 0] }),
	'55': node('ModelSamplingSD3', { shift: 8, model: ['56', 0] }),
	'56': node('UNETLoader', {
		unet_name: 'wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors',
		weight_dtype: 'default',
	}),
});

/** A Wan 2.2 image-to-video workflow: two models in sequence, and numbers in separate nodes. */
export const wanVideo = (): Graph => ({
	...wanModels(),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['58', 0], vae: ['39', 0] }),
	'57': wanSampler({
		model: ['54', 0],
		add_noise: 'enable',
		latent_image: ['63', 2],
		start_at_step: 0,
		end_at_step: ['72', 1],
		return_with_leftover_noise: 'enable',
	}),
	'58': wanSampler({
		model: ['55', 0],
		add_noise: 'disable',
		latent_image: ['57', 0],
		start_at_step: ['72', 1],
		end_at_step: 10_000,
		return_with_leftover_noise: 'disable',
	}),
	'60': node('DrawCaptions', 'Captions', {
		images: ['8', 0],
		'captions.0.text': '',
		'captions.0.start': 0,
		size: 24,
		color: '#ffffff',
		align: 'center',
		outline: true,
	}),
	'61': node('VHS_VideoCombine', 'Video Combine', {
		images: ['60', 0],
		frame_rate: 16,
		loop_count: 0,
		filename_prefix: 'wan',
		format: 'video/h264-mp4',
		pix_fmt: 'yuv420p',
		crf: 19,
		save_metadata: true,
		pingpong: false,
		save_output: true,
	}),
	'62': node('LoadImage', 'Start Image', { image: 'example.png' }),
	'63': node('WanImageToVideo', {
		positive: ['6', 0],
		negative: ['7', 0],
		vae: ['39', 0],
		width: 640,
		height: 640,
		length: ['70', 0],
		batch_size: 1,
		start_image: ['62', 0],
	}),
	'70': node('PrimitiveInt', 'Length in frames', { value: 17 }),
	'71': node('PrimitiveInt', 'Steps', { value: 20 }),
	'72': node('ComfyMathExpression', { expression: 'a / 2', 'values.a': ['71', 0] }),
	'80': node('PreviewImage', 'Frames', { images: ['8', 0] }),
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
