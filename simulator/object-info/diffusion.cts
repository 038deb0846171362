import type { NodeClass } from './define.cjs';
import { choice, combo, defineNode, float, int, seed, string } from './define.cjs';
import { SAMPLERS, SCHEDULERS } from './sampling.cjs';

const MODELS = [
	'flux1-dev.safetensors',
	'wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors',
	'wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors',
];
const ENCODERS = [
	'clip_l.safetensors',
	't5xxl_fp8_e4m3fn.safetensors',
	'umt5_xxl_fp8_e4m3fn_scaled.safetensors',
];
const VAES = ['ae.safetensors', 'wan_2.1_vae.safetensors'];
const size = (value: number, step: number): ReturnType<typeof int> =>
	int(value, 16, 16_384, undefined, step);

/** What Flux and Wan workflows are made of. */
export const DIFFUSION: NodeClass[] = [
	defineNode('UNETLoader', {
		displayName: 'Load Diffusion Model',
		required: {
			unet_name: choice(MODELS),
			weight_dtype: choice(['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2']),
		},
		outputs: ['MODEL'],
	}),
	defineNode('DualCLIPLoader', {
		required: {
			clip_name1: choice(ENCODERS),
			clip_name2: choice(ENCODERS),
			type: choice(['sdxl', 'sd3', 'flux', 'hunyuan_video', 'hidream']),
		},
		optional: { device: [['default', 'cpu'], { advanced: true }] },
		outputs: ['CLIP'],
	}),
	defineNode('CLIPLoader', {
		displayName: 'Load CLIP',
		required: {
			clip_name: choice(ENCODERS),
			type: choice(['stable_diffusion', 'sd3', 'flux2', 'wan', 'qwen_image']),
		},
		optional: { device: [['default', 'cpu'], { advanced: true }] },
		outputs: ['CLIP'],
	}),
	defineNode('VAELoader', {
		displayName: 'Load VAE',
		required: { vae_name: choice(VAES) },
		outputs: ['VAE'],
	}),
	defineNode('CLIPTextEncodeFlux', {
		v3: true,
		required: {
			clip: 'CLIP',
			clip_l: string('', true),
			t5xxl: string('', true),
			guidance: float(3.5, 0, 100, 0.1),
		},
		outputs: ['CONDITIONING'],
	}),
	defineNode('ModelSamplingFlux', {
		required: {
			model: 'MODEL',
			max_shift: float(1.15, 0, 100, 0.01),
			base_shift: float(0.5, 0, 100, 0.01),
			width: size(1024, 8),
			height: size(1024, 8),
		},
		outputs: ['MODEL'],
	}),
	defineNode('ModelSamplingSD3', {
		required: { model: 'MODEL', shift: float(3, 0, 100, 0.01) },
		outputs: ['MODEL'],
	}),
	defineNode('RandomNoise', { v3: true, required: { noise_seed: seed() }, outputs: ['NOISE'] }),
	defineNode('BasicGuider', {
		v3: true,
		required: { model: 'MODEL', conditioning: 'CONDITIONING' },
		outputs: ['GUIDER'],
	}),
	defineNode('KSamplerSelect', {
		v3: true,
		required: { sampler_name: combo(SAMPLERS, 'euler') },
		outputs: ['SAMPLER'],
	}),
	defineNode('BasicScheduler', {
		v3: true,
		required: {
			model: 'MODEL',
			scheduler: combo(SCHEDULERS, 'simple'),
			steps: int(20, 1, 10_000),
			denoise: float(1, 0, 1, 0.01),
		},
		outputs: ['SIGMAS'],
	}),
	defineNode('SamplerCustomAdvanced', {
		v3: true,
		required: {
			noise: 'NOISE',
			guider: 'GUIDER',
			sampler: 'SAMPLER',
			sigmas: 'SIGMAS',
			latent_image: 'LATENT',
		},
		outputs: ['LATENT', 'LATENT'],
	}),
	defineNode('Power Lora Loader (rgthree)', {
		required: {},
		optional: { model: 'MODEL', clip: 'CLIP' },
		anyInput: true,
		outputs: ['MODEL', 'CLIP'],
	}),
	defineNode('KSamplerAdvanced', {
		displayName: 'KSampler (Advanced)',
		required: {
			model: 'MODEL',
			add_noise: [['enable', 'disable'], { advanced: true }],
			noise_seed: seed(),
			steps: int(20, 1, 10_000),
			cfg: float(8, 0, 100, 0.1),
			sampler_name: choice(SAMPLERS),
			scheduler: choice(SCHEDULERS),
			positive: 'CONDITIONING',
			negative: 'CONDITIONING',
			latent_image: 'LATENT',
			start_at_step: int(0, 0, 10_000),
			end_at_step: int(10_000, 0, 10_000),
			return_with_leftover_noise: [['disable', 'enable'], { advanced: true }],
		},
		outputs: ['LATENT'],
	}),
	defineNode('WanImageToVideo', {
		v3: true,
		required: {
			positive: 'CONDITIONING',
			negative: 'CONDITIONING',
			vae: 'VAE',
			width: size(832, 16),
			height: size(480, 16),
			length: int(81, 1, 16_384, 'Number of frames.', 4),
			batch_size: int(1, 1, 4096),
		},
		optional: { clip_vision_output: 'CLIP_VISION_OUTPUT', start_image: 'IMAGE' },
		outputs: ['CONDITIONING', 'CONDITIONING', 'LATENT'],
	}),
];
