import type { Graph, JsonObject } from '../types.cjs';
import { node } from './workflows.cjs';

/** A Flux text-to-image workflow, with what the editor's custom nodes leave in an export. */
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

/** A Wan 2.2 image-to-video workflow: two models one after the other, numbers as nodes of their own. */
export const wanVideo = (): Graph => ({
	'6': node('CLIPTextEncode', 'CLIP Text Encode (Positive Prompt)', {
		text: 'the boat drifts slowly through the fog',
		clip: ['38', 0],
	}),
	'7': node('CLIPTextEncode', 'CLIP Text Encode (Negative Prompt)', {
		text: 'still picture, subtitles, worst quality',
		clip: ['38', 0],
	}),
	'8': node('VAEDecode', 'VAE Decode', { samples: ['58', 0], vae: ['39', 0] }),
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

/** Two partner nodes: a picture, and a video that begins with it. */
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
