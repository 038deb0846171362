import { describeInputs, fieldLabels, type WorkflowApiJson } from '../../../../core/index';
import { readInfo } from '../../support/v3Classes.mts';

/** The labels of all inputs, by node and input. */
export function labelsOf(workflow: WorkflowApiJson, info = {}): Record<string, string> {
	const fields = describeInputs(workflow, readInfo(info));
	const labels = fieldLabels(fields);
	return Object.fromEntries(
		fields.map(({ nodeId, input }, index) => [`${nodeId}.${input}`, labels[index] ?? '']),
	);
}
