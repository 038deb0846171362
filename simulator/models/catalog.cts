import type { PoolOwner } from '../pool.cjs';
import type { JsonObject } from '../types.cjs';
import { caption, pictures, samples, storyboard } from './outputs.cjs';
import type { Model } from './schemas.cjs';
import * as schemas from './schemas.cjs';

const numberIn = (value: unknown, other: number): number => Number(value ?? other);
const once = (): number => 1;
const picture = 'https://example.com/boat.png';
const prompt = 'a paper boat on a puddle, macro photograph';

/** These are made up, except for the first; their ids, prices and schemas look like RunComfy's. */
const CATALOG = {
	textToImage: {
		model_id: 'blackforestlabs/flux-2/flash/text-to-image',
		display_name: 'FLUX.2 flash',
		description: 'Fast pictures from a text.',
		categories: ['text-to-image'],
		schema: schemas.TEXT_TO_IMAGE,
		base_price_usd: 0.012,
		price_unit: 'image',
		units: once,
		example: { prompt },
		produce: pictures('image'),
	},
	imageEdit: {
		model_id: 'qwen/qwen-image/edit',
		display_name: 'Qwen Image Edit',
		description: 'Changes one picture as a text says.',
		categories: ['image-to-image'],
		schema: schemas.IMAGE_EDIT,
		base_price_usd: 0.03,
		price_unit: 'image',
		units: once,
		example: { prompt, image: picture },
		produce: pictures('image'),
	},
	imagesEdit: {
		model_id: 'bytedance/seedream-5/edit',
		display_name: 'Seedream 5 Edit',
		description: 'Makes pictures of up to four others.',
		categories: ['image-to-image'],
		schema: schemas.IMAGES_EDIT,
		base_price_usd: 0.04,
		price_unit: 'image',
		produce: pictures('images'),
		units: ({ num_images }) => numberIn(num_images, 1),
		example: { prompt, image_urls: [picture], num_images: 2 },
	},
	video: {
		model_id: 'kling/kling-3/pro/image-to-video',
		display_name: 'Kling 3 Pro',
		description: 'A video that begins with a picture.',
		categories: ['image-to-video'],
		schema: schemas.VIDEO,
		base_price_usd: 0.07,
		price_unit: 'second',
		produce: samples('video', 'mp4'),
		units: ({ duration }) => numberIn(duration, 5),
		example: { prompt, image_url: picture, duration: 5 },
	},
	videoEdit: {
		model_id: 'wan-ai/wan-2-7/edit-video',
		display_name: 'Wan 2.7 Edit',
		description: 'Changes a video.',
		categories: ['video-to-video'],
		schema: schemas.VIDEO_EDIT,
		base_price_usd: 0.5,
		price_unit: 'video',
		units: once,
		example: { video: 'https://example.com/boat.mp4', prompt },
		produce: samples('videos', 'webm'),
	},
	audio: {
		model_id: 'minimax/speech-2-8/turbo',
		display_name: 'MiniMax Speech 2.8',
		description: 'Reads a text aloud.',
		categories: ['text-to-audio', 'text-to-speech'],
		schema: schemas.AUDIO,
		base_price_usd: 0.06,
		price_unit: '1000 characters',
		example: { text: 'Hello.' },
		units: ({ text, variations }) =>
			Math.max(1, String(text).length / 1000) * numberIn(variations, 1),
		produce: (run) =>
			numberIn(run.inputs['variations'], 1) > 1
				? samples('audios', 'flac')(run)
				: samples('audio', 'flac')(run),
	},
	text: {
		model_id: 'openai/gpt-5-vision/caption',
		display_name: 'GPT-5 Vision',
		description: 'Says what is in pictures.',
		categories: ['image-to-text'],
		schema: schemas.TEXT,
		base_price_usd: 0.002,
		price_unit: 'image',
		example: { images: [picture] },
		units: ({ images }) => [images].flat().length,
		produce: caption,
	},
	lora: {
		model_id: 'blackforestlabs/flux-1/dev/lora',
		display_name: 'FLUX.1 dev with LoRA',
		description: 'Pictures in the style of a LoRA.',
		categories: ['text-to-image', 'lora'],
		schema: schemas.LORA,
		base_price_usd: 0.035,
		price_unit: 'image',
		units: once,
		produce: pictures('images'),
		example: { prompt, lora: { path: 'pixel_art.safetensors' } },
	},
	noSchema: {
		model_id: 'community/storyboard/run',
		display_name: 'Storyboard',
		description: 'A workflow that a user has published.',
		categories: ['workflow'],
		base_price_usd: null,
		price_unit: null,
		units: once,
		example: { prompt },
		produce: storyboard,
	},
} satisfies Record<string, Model>;

/** Ids by names that README.md explains. */
export type ModelIds = Record<keyof typeof CATALOG, string>;

/** The price of a run if the catalogue has none. */
const UNKNOWN_PRICE = 0.05;

/** A sum in dollars, to the millionth. */
export const costOf = ({ base_price_usd, units }: Model, inputs: JsonObject): number =>
	Math.round((base_price_usd ?? UNKNOWN_PRICE) * units(inputs) * 1e6) / 1e6;

/** The model, with the machines that the simulator runs it on. */
export interface HostedModel extends Model, PoolOwner {}

/** By id. */
export type ModelStore = ReadonlyMap<string, HostedModel>;

/** The ids are the same in every simulator. */
export const MODEL_IDS = Object.fromEntries(
	Object.entries(CATALOG).map(([key, { model_id }]) => [key, model_id]),
) as ModelIds;

export const createModels = (maxInstances: number): ModelStore =>
	new Map(
		Object.values<Model>(CATALOG).map((model) => [
			model.model_id,
			{
				...model,
				id: model.model_id,
				name: model.display_name,
				max_instances: maxInstances,
				min_instances: 0,
				keep_warm_duration_in_seconds: 0,
				alwaysWarm: true,
			},
		]),
	);
