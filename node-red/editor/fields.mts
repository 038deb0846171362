import { checkId, checkNumber, checkUrl, type Verdict } from './values.mts';

/** A field whose value can come from several sources. */
export interface TypedField {
	/** The types of TypedInput it offers, the default first. */
	types: string[];
	optional?: boolean;
	check?: (value: string, type: string) => Verdict;
}

const SOURCES = ['msg', 'flow', 'global'];
const IDS = [...SOURCES, 'str', 'jsonata', 'env'];
const TEXTS = ['str', ...SOURCES, 'jsonata', 'env'];
const JSONS = ['json', ...SOURCES, 'jsonata'];
const NUMBERS = ['num', ...SOURCES, 'jsonata', 'env'];

export const FIELDS: Record<string, TypedField> = {
	// Left empty, they are read from the message.
	deploymentId: { types: TEXTS, optional: true, check: checkId },
	requestId: { types: IDS, optional: true, check: checkId },
	runNode: { types: ['run', ...TEXTS] },
	overrides: { types: [...SOURCES, 'json', 'jsonata'], optional: true },
	workflow: { types: JSONS, optional: true },
	extraData: { types: JSONS, optional: true },
	webhook: { types: TEXTS, optional: true, check: checkUrl },
	directory: { types: TEXTS },
	outputNodes: { types: TEXTS, optional: true },
	maxInputFileSize: { types: NUMBERS, optional: true, check: checkNumber },
	maxFileSize: { types: NUMBERS, optional: true, check: checkNumber },
	downloadTimeout: { types: NUMBERS, optional: true, check: checkNumber },
	deploymentName: { types: TEXTS, optional: true },
	workflowId: { types: TEXTS, optional: true, check: checkId },
	hardware: { types: ['sku', ...TEXTS], optional: true },
	minInstances: { types: NUMBERS, optional: true, check: checkNumber },
	maxInstances: { types: NUMBERS, optional: true, check: checkNumber },
	queueSize: { types: NUMBERS, optional: true, check: checkNumber },
	keepWarm: { types: NUMBERS, optional: true, check: checkNumber },
	workflowVersion: { types: TEXTS, optional: true },
	instanceId: { types: IDS, optional: true, check: checkId },
	timeout: { types: NUMBERS, optional: true, check: checkNumber },
};
