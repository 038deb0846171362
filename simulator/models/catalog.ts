import type { PoolOwner } from '../pool';
import type { JsonObject, Model } from '../types';
import { pictures, storyboard } from './outputs';

const numberIn = (value: unknown, other: number): number => Number(value ?? other);
const once = (): number => 1;

// JSON Schema in RunComfy's style: `float`, `default: null` where null is invalid, lists of types, its own formats,
// `validations`. Names of media fields differ from model to model.

const text = (title: string, more: JsonObject = {}): JsonObject => ({
	title,
	description: '',
	type: 'string',
	...more,
});
const float = (title: string, minimum: number, maximum: number, value: number): JsonObject => ({
	title,
	description: '',
	type: 'float',
	minimum,
	maximum,
	default: value,
});
const choice = (title: string, options: readonly unknown[], value: unknown): JsonObject => ({
	title,
	description: '',
	type: typeof value === 'number' ? 'integer' : 'string',
	enum: options,
	default: value,
});
const count = (title: string, maximum: number): JsonObject => ({
	title,
	description: '',
	type: 'integer',
	minimum: 1,
	maximum,
	default: 1,
});
const PROMPT = text('Prompt');
const SEED: JsonObject = { title: 'Seed', description: '', type: 'integer', default: null };

const atMost = (megabytes: number): JsonObject => ({
	validations: [
		{
			validation_rule: 'file_size_mb<',
			validation_value: megabytes,
			validation_error: `File size must be less than ${megabytes}MB`,
		},
	],
});

const object = (required: string[], properties: JsonObject): JsonObject => ({
	type: 'object',
	title: 'Input schema',
	required,
	properties,
});

/** All but the first are made up; their ids, prices and schemas resemble RunComfy's. */
const CATALOG = {
	textToImage: {
		model_id: 'blackforestlabs/flux-2/flash/text-to-image',
		display_name: 'FLUX.2 flash',
		description: 'Fast pictures from a text.',
		categories: ['text-to-image'],
		// As captured in September 2026.
		schema: object(['prompt'], {
			prompt: PROMPT,
			guidance_scale: {
				...float('Guidance Scale', 0, 20, 2.5),
				description: 'How closely the model should stick to the prompt.',
			},
			seed: SEED,
			image_size: choice(
				'Image Size',
				['square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3', 'landscape_16_9'],
				'landscape_4_3',
			),
			output_format: {
				...choice('Output Format', ['jpeg', 'png', 'webp'], 'png'),
				description: 'The format of the generated image.',
			},
		}),
		base_price_usd: 0.012,
		price_unit: 'image',
		units: once,
		produce: pictures('image'),
	},
	imageEdit: {
		model_id: 'qwen/qwen-image/edit',
		display_name: 'Qwen Image Edit',
		description: 'Changes one picture as a text says.',
		categories: ['image-to-image'],
		schema: object(['prompt', 'image'], {
			prompt: PROMPT,
			image: text('Image', { format: 'image_uri', ...atMost(10) }),
			strength: { ...float('Strength', 0, 1, 0.8), type: ['float', 'null'], default: null },
			seed: SEED,
		}),
		base_price_usd: 0.03,
		price_unit: 'image',
		units: once,
		produce: pictures('image'),
	},
	imagesEdit: {
		model_id: 'bytedance/seedream-5/edit',
		display_name: 'Seedream 5 Edit',
		description: 'Makes pictures of up to four others.',
		categories: ['image-to-image'],
		schema: object(['prompt', 'image_urls'], {
			prompt: text('Prompt', { minLength: 3, maxLength: 2000 }),
			image_urls: {
				title: 'Image URLs',
				description: '',
				type: 'array',
				format: 'image_uris',
				items: { type: 'string' },
				minItems: 1,
				maxItems: 4,
				...atMost(10),
			},
			num_images: count('Number of Images', 4),
			seed: SEED,
		}),
		base_price_usd: 0.04,
		price_unit: 'image',
		produce: pictures('images'),
		units: ({ num_images }) => numberIn(num_images, 1),
	},
	noSchema: {
		model_id: 'community/storyboard/run',
		display_name: 'Storyboard',
		description: 'A workflow that a user has published.',
		categories: ['workflow'],
		base_price_usd: null,
		price_unit: null,
		units: once,
		produce: storyboard,
	},
} satisfies Record<string, Model>;

/** Ids by the names used in README.md. */
export type ModelIds = Record<keyof typeof CATALOG, string>;

/** Price of a run without a price in the catalogue. */
const UNKNOWN_PRICE = 0.05;

/** Price of a run in dollars, rounded to a millionth. */
export const costOf = ({ base_price_usd, units }: Model, inputs: JsonObject): number =>
	Math.round((base_price_usd ?? UNKNOWN_PRICE) * units(inputs) * 1e6) / 1e6;

/** A model, with the simulated machines that run it. */
export interface HostedModel extends Model, PoolOwner {}

/** Keyed by id. */
export type ModelStore = ReadonlyMap<string, HostedModel>;

/** The same in every simulator. */
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
