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

export function toDialogInputs(
	fields: ReadonlyArray<WorkflowField & Partial<Pick<ModelField, 'required'>>>,
): DialogInput[] {
	const labels = fieldLabels(fields);
	return fields.map((field, index) => {
		const { nodeId, input, likely, required } = field;
		const spec: InputSpec = { ...field.spec };
		delete spec.default;
		const saved = savedText(field.saved);
		return {
			nodeId,
			input,
			label: labels[index] ?? field.name,
			path: nodeId === '' ? input : fieldPath(field),
			spec,
			seed: isSeed(input) && spec.kind === 'integer',
			likely,
			...(required ? { required } : {}),
			...(saved === undefined ? {} : { saved }),
		};
	});
}

function savedText(saved: unknown): string | undefined {
	if (typeof saved === 'object') return saved === null ? undefined : stringifyJson(saved);
	return saved === undefined ? undefined : String(saved);
}

/** What a dialog says about a workflow's partner nodes; nothing if it has none. */
export function toDialogPartner(
	{ workflow, info }: Pick<LoadedWorkflow, 'workflow' | 'info'>,
	keyed?: boolean,
): { partner?: DialogPartner } {
	const nodes = partnerNodesOf(workflow, info).map(({ label }) => label);
	if (nodes.length === 0) return {};
	return { partner: { nodes, ...(keyed === undefined ? {} : { keyed }) } };
}
