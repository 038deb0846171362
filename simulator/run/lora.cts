import { isObject } from '../json.cjs';
import type { ErrorDetail } from '../reply.cjs';
import { invalid, notAnObject } from '../reply.cjs';
import type { Graph, JsonObject, OutputEntry, Outputs } from '../types.cjs';
import type { Submission } from './submission.cjs';
import { knownInput, readSubmission } from './submission.cjs';

/** A field of the flat body, and the input of the workflow behind it that it sets. */
interface Field {
	node: string;
	input: string;
	required?: true;
}

/** What a LoRA deployment takes and gives. */
export interface LoraSpec {
	fields: Record<string, Field>;
	/** The name in `output` under which its files come: `video` is one address, `images` a list. */
	output: 'images' | 'video';
	/** The inputs that the page's button runs it with. */
	example: JsonObject;
	/** What the deployment shows in place of a workflow. */
	payload: JsonObject | null;
}

const prompt = 'a lighthouse in the style of the LoRA';

export const LORA_IMAGE: LoraSpec = {
	fields: {
		prompt: { node: '6', input: 'text', required: true },
		neg: { node: '33', input: 'text' },
		width: { node: '27', input: 'width' },
		height: { node: '27', input: 'height' },
		num_images: { node: '27', input: 'batch_size' },
		seed: { node: '31', input: 'seed' },
		sample_steps: { node: '31', input: 'steps' },
		guidance_scale: { node: '31', input: 'cfg' },
		sampler: { node: '31', input: 'sampler_name' },
		network_multiplier: { node: '40', input: 'strength_model' },
	},
	output: 'images',
	example: { prompt },
	payload: { overrides: {} },
};

export const LORA_VIDEO: LoraSpec = {
	fields: {
		prompt: { node: '6', input: 'text', required: true },
		ctrl_img_1: { node: '62', input: 'image', required: true },
		neg: { node: '7', input: 'text' },
		width: { node: '63', input: 'width' },
		height: { node: '63', input: 'height' },
		num_frames: { node: '70', input: 'value' },
		fps: { node: '61', input: 'frame_rate' },
		seed: { node: '57', input: 'noise_seed' },
		sample_steps: { node: '71', input: 'value' },
		guidance_scale: { node: '57', input: 'cfg' },
	},
	output: 'video',
	example: { prompt, ctrl_img_1: 'https://example.com/boat.png' },
	payload: null,
};

/**
 * A LoRA deployment takes a flat body with the fields of its own schema and no overrides; the webhook can
 * only stand in the query.
 * @throws ApiError 422001 listing everything that is wrong
 */
export function readLoraSubmission(
	body: unknown,
	query: URLSearchParams,
	saved: Graph,
	{ fields }: LoraSpec,
): Submission {
	if (!isObject(body)) throw notAnObject();
	const problems: ErrorDetail[] = [];
	const overrides: Record<string, { inputs: Record<string, unknown> }> = {};
	for (const [name, value] of Object.entries(body)) {
		const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
		if (field === undefined) {
			problems.push({
				loc: ['body', name],
				msg: 'extra fields not permitted',
				type: 'value_error.extra',
			});
			continue;
		}
		const { inputs } = (overrides[field.node] ??= { inputs: {} });
		inputs[field.input] = value;
	}
	for (const [name, { required }] of Object.entries(fields)) {
		if (!required || body[name] !== undefined) continue;
		problems.push({ loc: ['body', name], msg: 'field required', type: 'value_error.missing' });
	}
	if (problems.length > 0) throw invalid(problems);
	return { ...readSubmission({ overrides }, query, saved, knownInput), overrides: body };
}

/** All files of a run, under the one name that its LoRA deployment gives them. */
export const gatherFiles = (outputs: Outputs, { output }: LoraSpec): Outputs => {
	const entries = Object.values(outputs).flatMap((channels) => Object.values(channels).flat());
	return { output: { [output]: entries.filter(isResult) } };
};

const isResult = (entry: OutputEntry): boolean => 'file' in entry && entry.file.type === 'output';
