import type { JsonObject, OutputEntry } from '../types.cjs';

/** One run of a model. */
export interface ModelRun {
	inputs: JsonObject;
	prompt: string;
	/** The seed that was given; otherwise a random one. */
	seed: number | bigint;
	/** One line for each file that the run received. */
	facts: string[];
}

/** What the run puts out, by name. */
export type Produce = (run: ModelRun) => Record<string, OutputEntry[]>;

/** A hosted model. */
export interface Model {
	model_id: string;
	display_name: string;
	description: string;
	categories: string[];
	/** The price of one unit; null if it is not known. */
	base_price_usd: number | null;
	price_unit: string | null;
	/** How many units a run takes. */
	units: (inputs: JsonObject) => number;
	schema?: JsonObject;
	/** The inputs that the page's button runs it with. */
	example: JsonObject;
	produce: Produce;
}

// JSON Schema as RunComfy writes it: `float`, `default: null` for what cannot be null, lists of types, formats of its
// own, `validations`. Names of media fields differ from model to model.

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

const object = (required: string[], properties: JsonObject, more: JsonObject = {}): JsonObject => ({
	type: 'object',
	title: 'Input schema',
	required,
	properties,
	...more,
});

/** The schema of `blackforestlabs/flux-2/flash/text-to-image`, as captured in September 2026. */
export const TEXT_TO_IMAGE = object(['prompt'], {
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
});

export const IMAGE_EDIT = object(['prompt', 'image'], {
	prompt: PROMPT,
	image: text('Image', { format: 'image_uri', ...atMost(10) }),
	strength: { ...float('Strength', 0, 1, 0.8), type: ['float', 'null'], default: null },
	seed: SEED,
	sync: { title: 'Sync', type: 'boolean', default: false },
});

export const IMAGES_EDIT = object(['prompt', 'image_urls'], {
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
});

export const VIDEO = object(['prompt', 'image_url'], {
	prompt: PROMPT,
	image_url: text('First Frame', { format: 'image_uri' }),
	end_image_url: {
		title: 'Last Frame',
		type: ['string', 'null'],
		format: 'image_uri',
		default: null,
	},
	duration: choice('Duration', [5, 10], 5),
	cfg_scale: float('CFG Scale', 0, 1, 0.5),
	seed: SEED,
});

export const VIDEO_EDIT = object(['video'], {
	video: text('Video', { format: 'video_uri', ...atMost(100) }),
	references: {
		title: 'Reference Videos',
		type: ['array', 'null'],
		format: 'video_uris',
		items: { type: 'string' },
		maxItems: 2,
		default: null,
	},
	audio: { title: 'Sound', type: ['string', 'null'], format: 'audio_uri', default: null },
	prompt: { ...PROMPT, default: '' },
});

export const AUDIO = object(['text'], {
	text: text('Text', { maxLength: 5000 }),
	voice_samples: {
		title: 'Voice Samples',
		type: 'array',
		format: 'audio_uris',
		items: { type: 'string' },
		maxItems: 3,
		default: [],
	},
	speed: float('Speed', 0.5, 2, 1),
	effects: {
		title: 'Effects',
		description: '',
		type: 'array',
		items: { type: 'string', enum: ['chorus', 'echo', 'reverb'] },
		default: [],
	},
	variations: count('Variations', 3),
	seed: SEED,
});

export const TEXT = object(['images'], {
	images: {
		title: 'Images',
		type: 'array',
		format: 'image_uris',
		items: { type: 'string' },
		minItems: 1,
	},
	question: { ...text('Question'), default: 'What is in the picture?' },
});

/** `lora` takes one adapter, by the name of one's own or by its address, `loras` several with their weights. */
export const LORA = object(
	['prompt'],
	{
		prompt: PROMPT,
		lora: { $ref: '#/$defs/Lora' },
		loras: {
			title: 'LoRAs',
			type: 'array',
			items: { $ref: '#/$defs/Lora' },
			maxItems: 3,
			default: [],
		},
		width: { ...count('Width', 2048), minimum: 256, default: 1024 },
		height: { ...count('Height', 2048), minimum: 256, default: 1024 },
		seed: SEED,
	},
	{
		additionalProperties: false,
		$defs: {
			Lora: {
				type: 'object',
				required: ['path'],
				properties: { path: text('Path'), scale: float('Scale', 0, 4, 1) },
			},
		},
	},
);
