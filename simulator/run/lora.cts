import { isObject } from '../json.cjs';
import type { ErrorDetail } from '../reply.cjs';
import { invalid } from '../reply.cjs';
import type { Graph } from '../types.cjs';
import type { Submission } from './submission.cjs';
import { knownInputs, readSubmission } from './submission.cjs';

/** A field of the flat body, and the input of the workflow behind it that it sets. */
interface Field {
	node: string;
	input: string;
	required?: true;
}

const FIELDS: Record<string, Field> = {
	prompt: { node: '6', input: 'text', required: true },
	negative_prompt: { node: '33', input: 'text' },
	width: { node: '27', input: 'width' },
	height: { node: '27', input: 'height' },
	num_images: { node: '27', input: 'batch_size' },
	seed: { node: '31', input: 'seed' },
	steps: { node: '31', input: 'steps' },
	lora_scale: { node: '40', input: 'strength_model' },
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
): Submission {
	if (!isObject(body)) {
		throw invalid([{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }]);
	}
	const problems: ErrorDetail[] = [];
	const overrides: Record<string, { inputs: Record<string, unknown> }> = {};
	for (const [name, value] of Object.entries(body)) {
		const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
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
	for (const [name, { required }] of Object.entries(FIELDS)) {
		if (!required || body[name] !== undefined) continue;
		problems.push({ loc: ['body', name], msg: 'field required', type: 'value_error.missing' });
	}
	if (problems.length > 0) throw invalid(problems);
	return { ...readSubmission({ overrides }, query, saved, knownInputs(true)), overrides: body };
}
