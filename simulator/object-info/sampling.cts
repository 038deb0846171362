import type { NodeClass } from './define.cjs';
import { choice, defineNode, float, int, link, seed, string } from './define.cjs';

const words = (text: string): string[] => text.trim().split(/\s+/);
export const SAMPLERS = words(`
	euler euler_cfg_pp euler_ancestral heun dpm_2 dpm_2_ancestral lms dpm_fast dpm_adaptive
	dpmpp_2s_ancestral dpmpp_sde dpmpp_2m dpmpp_2m_sde dpmpp_3m_sde ddpm
	lcm ipndm deis res_multistep ddim uni_pc
`);
export const SCHEDULERS = words(`
	simple sgm_uniform karras exponential ddim_uniform
	beta normal linear_quadratic kl_optimal
`);
const CHECKPOINTS = [
	'flux1-dev-fp8.safetensors',
	'sd3.5_large_fp8_scaled.safetensors',
	'sd_xl_base_1.0.safetensors',
	'v1-5-pruned-emaonly-fp16.safetensors',
	'ace_step_v1_3.5b.safetensors',
	'wan2.2_ti2v_5B_fp16.safetensors',
	'hunyuan3d-dit-v2_fp16.safetensors',
];
const LORAS = [
	'detail_tweaker_xl.safetensors',
	'film_grain_v2.safetensors',
	'pixel_art.safetensors',
];

const MAX_RESOLUTION = 16_384;
const latentSize = (value: number): ReturnType<typeof int> =>
	int(value, 16, MAX_RESOLUTION, 'The size of the latent images in pixels.', 16);

export const SAMPLING: NodeClass[] = [
	defineNode('CheckpointLoaderSimple', {
		displayName: 'Load Checkpoint',
		description: 'Loads a diffusion model checkpoint.',
		required: { ckpt_name: choice(CHECKPOINTS, 'The name of the checkpoint (model) to load.') },
		outputs: ['MODEL', 'CLIP', 'VAE'],
	}),
	defineNode('LoraLoader', {
		displayName: 'Load LoRA',
		required: {
			model: 'MODEL',
			clip: 'CLIP',
			lora_name: choice(LORAS, 'The name of the LoRA.'),
			strength_model: float(1, -100, 100, 0.01),
			strength_clip: float(1, -100, 100, 0.01),
		},
		outputs: ['MODEL', 'CLIP'],
	}),
	defineNode('CLIPTextEncode', {
		displayName: 'CLIP Text Encode (Prompt)',
		required: {
			text: string('', true, 'The text to be encoded.'),
			clip: link('CLIP', 'The CLIP model used for encoding the text.'),
		},
		outputs: ['CONDITIONING'],
	}),
	defineNode('ConditioningCombine', {
		displayName: 'Conditioning (Combine)',
		required: { conditioning_1: 'CONDITIONING', conditioning_2: 'CONDITIONING' },
		outputs: ['CONDITIONING'],
	}),
	defineNode('ReferenceLatent', {
		required: { conditioning: 'CONDITIONING' },
		optional: { latent: 'LATENT' },
		outputs: ['CONDITIONING'],
	}),
	defineNode('EmptySD3LatentImage', {
		required: { width: latentSize(1024), height: latentSize(1024), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('EmptyLatentImage', {
		displayName: 'Empty Latent Image',
		required: { width: latentSize(512), height: latentSize(512), batch_size: int(1, 1, 4096) },
		outputs: ['LATENT'],
	}),
	defineNode('KSampler', {
		description: 'Denoises a latent image guided by the positive and negative conditioning.',
		required: {
			model: link('MODEL', 'The model used for denoising the input latent.'),
			seed: seed(),
			steps: int(20, 1, 10_000, 'The number of steps used in the denoising process.'),
			cfg: float(8, 0, 100, 0.1, 'How closely the image follows the prompt.'),
			sampler_name: choice(SAMPLERS, 'The algorithm used when sampling.'),
			scheduler: choice(SCHEDULERS, 'How the noise is removed step by step.'),
			positive: 'CONDITIONING',
			negative: 'CONDITIONING',
			latent_image: 'LATENT',
			denoise: float(1, 0, 1, 0.01, 'How much of the image is replaced by noise.'),
		},
		outputs: ['LATENT'],
	}),
	defineNode('VAEDecode', {
		displayName: 'VAE Decode',
		required: { samples: 'LATENT', vae: 'VAE' },
		outputs: ['IMAGE'],
	}),
	defineNode('VAEEncode', {
		displayName: 'VAE Encode',
		required: { pixels: 'IMAGE', vae: 'VAE' },
		outputs: ['LATENT'],
	}),
	defineNode('FluxKontextImageScale', { required: { image: 'IMAGE' }, outputs: ['IMAGE'] }),
];
