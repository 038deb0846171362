import { arrange, type WorkflowField } from '../form/fields';
import type { InputSpec } from '../form/inputSpec';
import { roleOfName, textPlace } from '../form/texts';
import { nameInWords } from '../form/words';
import type { Model } from './catalog';
import { type ModelSpec, readModelInputs } from './schema';

/** A form shows all inputs of a model that has at most this many. */
const FEW = 12;

/** The inputs of a model as form fields without a node, the likely ones first. Empty if the model has no schema. */
export function describeModelInputs(model: Model): WorkflowField[] {
	const inputs = readModelInputs(model);
	if (!inputs) return [];
	const required = new Set(inputs.required);
	const fields = inputs.names.map((input) => {
		const spec = toFormSpec(inputs.specOf(input)!);
		const place = { nodeId: '', input, classType: '', title: '' };
		const name = nameInWords(input, spec.displayName);
		const facts = { name, spec, saved: spec.default, required: required.has(input) };
		const text = textPlace('', input, spec);
		const said = { meaning: input, text, role: roleOfName(input), isAuthors: false };
		return { field: { ...place, ...facts }, ...said };
	});
	return arrange(fields, { all: fields.length <= FEW });
}

function toFormSpec({ entry: _entry, nullable: _nullable, ...spec }: ModelSpec): InputSpec {
	return spec;
}
