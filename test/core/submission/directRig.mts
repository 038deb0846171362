// Prepares inputs by name, of a hosted model or a LoRA deployment, for the submit.
import {
	AccountCache,
	checkSubmit,
	type DirectDraft,
	type InputSpec,
	prepare,
} from '../../../core/index';
import { type DirectField } from '../../../core/parsers';
import { clientOf, json, type Script } from '../support/virtualHost.mts';

export const MODEL_ID = 'lab/model/edit';
const SCHEMA = {
	required: ['prompt'],
	additionalProperties: false,
	properties: {
		prompt: { type: 'string' },
		steps: { type: 'integer', minimum: 1, maximum: 50 },
		strength: { type: 'float', minimum: 0, maximum: 1 },
		size: { enum: ['square', 'landscape_4_3'] },
		seed: { type: ['integer', 'null'], maximum: 1000 },
		image_urls: { type: 'array', format: 'image_uris', minItems: 1, maxItems: 2 },
		video: {
			type: 'string',
			format: 'video_uri',
			validations: [{ validation_rule: 'file_size_mb<', validation_value: 0.001 }],
		},
		tags: { type: 'array', items: { enum: ['a', 'b'] } },
	},
};
export const MODEL = {
	model_id: MODEL_ID,
	display_name: 'Edit',
	categories: ['x'],
	base_price_usd: 0.012,
	price_unit: 'image',
	input_schema: SCHEMA,
};
export const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);
export const PNG_URI = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`;

export function rig(answer: Script = () => json(MODEL)) {
	const { client, host } = clientOf(answer);
	const reader = new AccountCache().reader(client);
	const draftOf = (draft: Partial<DirectDraft>): DirectDraft => ({
		target: { service: 'model', modelId: MODEL_ID },
		...draft,
	});
	return {
		client,
		host,
		...reader,
		prepared: async (draft: Partial<DirectDraft>, more = {}) =>
			(await prepare(client, draftOf(draft), { ...reader, ...more })).withFiles(),
		checked: (draft: Partial<DirectDraft>) => checkSubmit(client, draftOf(draft), reader),
	};
}

export const field = (input: string, value: unknown, spec?: InputSpec): DirectField => ({
	input,
	label: input.toUpperCase(),
	value,
	source: 'its expression',
	...(spec ? { spec } : {}),
});
