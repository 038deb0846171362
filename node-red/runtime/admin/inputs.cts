import {
	fieldLabels,
	fieldPath,
	type InputSpec,
	isSeed,
	type LoadedWorkflow,
	type ModelField,
	partnerNodesOf,
	stringifyJson,
	type WorkflowField,
} from '../../../core/index.js';
import type { DialogInput, DialogPartner } from '../../contract/dialog.cjs';

/** A workflow may hold thousands of inputs, and a model list thousands of names. */
const MOST_INPUTS = 5_000;
const MOST_CHOICES = 1_000;
const LONGEST_SAVED = 4_000;

/** Within a size that a browser takes at once. */
export function toDialogInputs(
	fields: ReadonlyArray<WorkflowField & Partial<Pick<ModelField, 'required'>>>,
): DialogInput[] {
	const labels = fieldLabels(fields);
	return fields.slice(0, MOST_INPUTS).map((field, index) => {
		const { nodeId, input, spec, likely, required } = field;
		const saved = savedText(field.saved);
		return {
			nodeId,
			input,
			label: labels[index] ?? field.name,
			path: nodeId === '' ? input : fieldPath(field),
			spec: withFewChoices(spec),
			seed: isSeed(input) && spec.kind === 'integer',
			likely,
			...(required ? { required } : {}),
			...(saved === undefined || saved.length > LONGEST_SAVED ? {} : { saved }),
		};
	});
}

// Half a list would refuse what works: then none, as where the machine's files are not known.
function withFewChoices({ choices, default: _unused, ...spec }: InputSpec): InputSpec {
	return choices && choices.length <= MOST_CHOICES ? { ...spec, choices } : spec;
}

function savedText(saved: unknown): string | undefined {
	if (typeof saved === 'object') return saved === null ? undefined : stringifyJson(saved);
	return saved === undefined ? undefined : String(saved);
}

/** What a dialog tells of a workflow's partner nodes; nothing without such nodes. */
export function toDialogPartner(
	{ workflow, info }: Pick<LoadedWorkflow, 'workflow' | 'info'>,
	keyed?: boolean,
): { partner?: DialogPartner } {
	const nodes = partnerNodesOf(workflow, info).map(({ label }) => label);
	if (nodes.length === 0) return {};
	return { partner: { nodes, ...(keyed === undefined ? {} : { keyed }) } };
}
