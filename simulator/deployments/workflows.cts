import type { Graph, GraphNode, JsonObject } from '../types.cjs';

/** A node with its title: by default the name of its class. */
export function node(
	class_type: string,
	...rest: [JsonObject] | [title: string, JsonObject]
): GraphNode {
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

/** Every kind of output at once, among them a subgraph's node id, texts, keys and an animation. */
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

/** What a LoRA deployment runs behind its flat body. */
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

/** Animations in the formats of the web. */
export const webFormats = (): Graph => ({
	...textToImage(),
	'9': node('SaveAnimatedWEBP', 'Save Animated WEBP', {
		images: ['8', 0],
		filename_prefix: 'anim',
		fps: 6,
		lossless: true,
		quality: 80,
		method: 'default',
	}),
	'10': node('SaveWEBM', 'Save WEBM', {
		images: ['8', 0],
		filename_prefix: 'clip',
		codec: 'vp9',
		fps: 8,
		crf: 32,
	}),
});

const LARGE_NODES = 300;

/** The text-to-image workflow grown to 300 nodes: prompt fragments combined one after another. */
export function large(): Graph {
	const graph = textToImage();
	const missing = LARGE_NODES - Object.keys(graph).length;
	const pairs = Math.floor(missing / 2);
	let conditioning: [string, number] = ['6', 0];
	for (let i = 0; i < pairs; i += 1) {
		const encode = String(1000 + 2 * i);
		const combine = String(1001 + 2 * i);
		graph[encode] = node('CLIPTextEncode', `Detail ${i + 1}`, {
			text: `detail ${i + 1}`,
			clip: ['30', 1],
		});
		graph[combine] = node('ConditioningCombine', {
			conditioning_1: conditioning,
			conditioning_2: [encode, 0],
		});
		conditioning = [combine, 0];
	}
	if (missing % 2 === 1) {
		graph['900'] = node('PreviewImage', 'Preview Image', { images: ['8', 0] });
	}
	graph['31'] = sampler({ positive: conditioning, latent_image: ['27', 0] });
	return graph;
}
