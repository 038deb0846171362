import type { WorkflowField } from '../comfyui/form/describe';
import { placeInNode, rankOf, SHOWN_BELOW } from '../comfyui/form/rank';
import { type InputSpec, isSeed } from '../form/inputSpec';
import { withinLimits } from '../form/limits';
import { roleOfName } from '../form/texts';
import { inWords, printable } from '../form/words';
import type { Model } from './catalog';
import { type ModelSpec, readModelInputs } from './schema';

/** A form shows all inputs of a model that has at most this many. */
const FEW = 12;
const MOST_SHOWN = 24;

/** The inputs of a model as form fields without a node, the likely ones first. Empty if the model has no schema. */
export function describeModelInputs(model: Model): WorkflowField[] {
	const inputs = readModelInputs(model);
	if (!inputs) return [];
	const required = new Set(inputs.required);
	const fields = inputs.names.map((input) => {
		const spec: Partial<ModelSpec> & InputSpec = { ...inputs.specOf(input)! };
		delete spec.entry;
		delete spec.nullable;
		const role = spec.kind === 'string' ? roleOfName(input) : undefined;
		const field = {
			nodeId: '',
			input,
			classType: '',
			title: '',
			owner: '',
			spec,
			saved: spec.default,
			name: printable(spec.displayName ?? '') || inWords(input) || 'Input',
			...(role === undefined ? {} : { role }),
			required: required.has(input),
		};
		return { field, rank: rankOf({ ...field, saved: spec.default ?? sampleOf(field) }) };
	});
	fields.sort(
		(one, other) =>
			one.rank - other.rank ||
			Number(other.field.required) - Number(one.field.required) ||
			placeInNode(one.field.input) - placeInNode(other.field.input),
	);
	let shown = 0;
	const placed = fields.map(({ field, rank }) => {
		const wanted = fields.length <= FEW || rank < SHOWN_BELOW;
		const likely = field.required || (wanted && shown < MOST_SHOWN);
		if (likely) shown += 1;
		return { ...field, likely };
	});
	return withinLimits(placed);
}

/** Stands in for a workflow's saved value, from which `rankOf` recognizes prompts and seeds. */
function sampleOf({ input, spec }: Pick<WorkflowField, 'input' | 'spec'>): unknown {
	if (spec.kind === 'string') return '';
	return isSeed(input) ? 0 : undefined;
}
