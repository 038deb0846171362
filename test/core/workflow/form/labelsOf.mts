import { describeInputs, fieldLabels, type WorkflowApiJson } from '../../../../core/index';
import { readInfo } from '../../support/v3Classes.mts';

/** The labels of all inputs, by node and input. */
export function labelsOf(
	workflow: WorkflowApiJson,
	info = {},
	before = '',
): Record<string, string> {
	const fields = describeInputs(workflow, readInfo(info));
	const labels = fieldLabels(fields, () => before);
	return Object.fromEntries(
		fields.map(({ nodeId, input }, index) => [`${nodeId}.${input}`, labels[index] ?? '']),
	);
}
