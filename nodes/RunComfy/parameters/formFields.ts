import type { INodeProperties, ResourceMapperField } from 'n8n-workflow';
import {
	fieldLabel,
	type InputSpec,
	isSeed,
	shortLabel,
	stringifyJson,
	type WorkflowField,
} from '../../../core';

/** The form of a deployment's own inputs; its fields come from `methods/workflowInputs.ts`. */
export const workflowInputsField: INodeProperties = {
	displayName: 'Workflow Inputs',
	name: 'workflowInputs',
	type: 'resourceMapper',
	noDataExpression: true,
	// With `null`, and not `{}`, n8n keeps to which fields are to be shown from the start.
	default: { mappingMode: 'defineBelow', value: null },
	typeOptions: {
		loadOptionsDependsOn: ['deploymentId.value'],
		resourceMapper: {
			resourceMapperMethod: 'getWorkflowInputs',
			mode: 'add',
			valuesLabel: 'Workflow Inputs',
			fieldWords: { singular: 'input', plural: 'inputs' },
			supportAutoMap: false,
			multiKeyMatch: false,
		},
	},
	displayOptions: { show: { inputMode: ['fields'] } },
};

/** n8n shows no description of a form's fields. */
export const workflowInputsNotice: INodeProperties = {
	displayName:
		'Inputs left as deployed are not sent. For a new seed in each run, enter “random”. An image, video or sound may be a URL; a file goes into Input Files. Choosing another deployment begins this form anew; rows of Further Inputs stay.',
	name: 'workflowInputsNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { inputMode: ['fields'] }, hide: { deploymentId: [''] } },
};

/** Characters of a list of choices past which a field takes text: n8n keeps all of them in the workflow. */
const MOST_OF_CHOICES = 3_000;

/** Characters of a deployed value past which the field is empty, which leaves the input as deployed. */
const LONGEST_DEFAULT = 2_000;

/** One input as a field of the form. */
export function toFormField(field: WorkflowField): ResourceMapperField {
	const shape = shapeOf(field);
	return {
		id: toFieldId(field.nodeId, field.input),
		displayName: labelInForm(field),
		required: false,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		removed: !field.likely,
		...shape,
	};
}

const TOOLTIP = ' ⓘ ';
const LONGEST_TOOLTIP = 70;

/** Characters of a label that n8n shows in a panel of the usual width: 26 to 30, by how wide they are. */
const SEEN = 28;

// n8n has no other place in a form for a tooltip, nor for what a shorter title leaves out.
function labelInForm(field: WorkflowField): string {
	const label = shortLabel(field, SEEN);
	const { tooltip = '', advanced } = field.spec;
	const [first = ''] = tooltip.split(/(?<=\.)\s|\n/, 1);
	const title = label === fieldLabel(field) ? '' : field.title;
	const told = [title, advanced ? 'advanced' : '', first.trim()].filter(Boolean).join(': ');
	if (told === '') return label;
	const short = told.length > LONGEST_TOOLTIP ? `${told.slice(0, LONGEST_TOOLTIP - 1)}…` : told;
	return `${label}${TOOLTIP}${short}`;
}

/** The name of a form's field in messages. */
export function labelOfFormField({ displayName }: ResourceMapperField): string {
	const end = displayName.indexOf(TOOLTIP);
	return end === -1 ? displayName : displayName.slice(0, end);
}

type Shape = Pick<ResourceMapperField, 'type' | 'options' | 'defaultValue'>;

function shapeOf({ input, spec, saved }: WorkflowField): Shape {
	const { kind, choices = [] } = spec;
	const scalar = ['string', 'number', 'bigint', 'boolean'].includes(typeof saved);
	const short = scalar && String(saved).length <= LONGEST_DEFAULT;
	const text: Shape = { type: 'string', ...(short ? { defaultValue: String(saved) } : {}) };
	// As text, a seed may be "random", and keeps all of its digits.
	if (typeof saved === 'bigint' || (kind === 'integer' && isSeed(input))) return text;
	if (kind === 'integer' || kind === 'float') {
		return { type: 'number', ...(Number.isFinite(saved) ? { defaultValue: Number(saved) } : {}) };
	}
	if (kind === 'boolean') {
		return { type: 'boolean', ...(typeof saved === 'boolean' ? { defaultValue: saved } : {}) };
	}
	if (kind === 'json') {
		const type = Array.isArray(saved) ? 'array' : 'object';
		const json = stringifyJson(saved);
		return { type, ...(json.length <= LONGEST_DEFAULT ? { defaultValue: json } : {}) };
	}
	if (kind !== 'choice' || choices.length === 0) return text;
	const options = choices.map((choice) => ({ name: String(choice), value: choice }));
	if (JSON.stringify(options).length > MOST_OF_CHOICES) return text;
	const chosen = choices.find((choice) => choice === saved);
	if (chosen !== undefined) return { type: 'options', options, defaultValue: chosen };
	if (typeof saved !== 'string' && typeof saved !== 'number') return { type: 'options', options };
	// n8n refuses to run a form whose value is not among the choices.
	const asDeployed = { name: `${saved} (as Deployed)`, value: saved };
	return { type: 'options', options: [asDeployed, ...options], defaultValue: saved };
}

/** What n8n keeps of a field's type, for when the deployment cannot be asked. */
export function specOfFormField(input: string, field: ResourceMapperField | undefined): InputSpec {
	switch (field?.type) {
		case 'number':
			return { kind: 'float' };
		case 'boolean':
			return { kind: 'boolean' };
		case 'array':
		case 'object':
			return { kind: 'json' };
		case 'options':
			return { kind: 'choice', choices: (field.options ?? []).map(({ value }) => value) };
		default:
			if (isSeed(input)) return { kind: 'integer' };
			return { kind: field ? 'string' : 'other' };
	}
}

// n8n finds a field's id between `["` and `"]`, and takes it apart where those stand in it.
const UNSAFE = /[%"[\]\\]/g;

/** The id of a node's input, as a field of the form or a choice. */
export function toFieldId(nodeId: string, input: string): string {
	return `${nodeId}.${input}`.replace(
		UNSAFE,
		(char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

/** Node id and input of a field, or undefined where its id names none. */
export function parseFieldId(id: string): { nodeId: string; input: string } | undefined {
	const text = id.replace(/%([0-9A-F]{2})/g, (_all, code: string) =>
		String.fromCharCode(parseInt(code, 16)),
	);
	const dot = text.indexOf('.');
	if (dot < 1 || dot === text.length - 1) return undefined;
	return { nodeId: text.slice(0, dot), input: text.slice(dot + 1) };
}
