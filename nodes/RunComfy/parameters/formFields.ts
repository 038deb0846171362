import type { INodeProperties, ResourceMapperField } from 'n8n-workflow';
import {
	type InputRef,
	type InputSpec,
	isObject,
	isSeed,
	shorten,
	stringifyJson,
	type TargetKind,
	type WorkflowField,
} from '../../../core';

function formField(
	kind: TargetKind,
	method: `get${Capitalize<TargetKind>}Inputs`,
	{ displayName, name }: Pick<INodeProperties, 'displayName' | 'name'>,
): INodeProperties {
	return {
		displayName,
		name,
		type: 'resourceMapper',
		noDataExpression: true,
		// With `null`, n8n shows only the preselected fields; with `{}`, all of them.
		default: { mappingMode: 'defineBelow', value: null },
		typeOptions: {
			loadOptionsDependsOn: [`${kind}Id.value`],
			resourceMapper: {
				resourceMapperMethod: method,
				mode: 'add',
				valuesLabel: displayName,
				fieldWords: { singular: 'input', plural: 'inputs' },
				supportAutoMap: false,
				multiKeyMatch: false,
			},
		},
		displayOptions: { show: { inputMode: ['fields'] } },
	};
}

/** The form of a target's inputs, for each kind. */
export const FORMS = {
	deployment: formField('deployment', 'getDeploymentInputs', {
		displayName: 'Workflow Inputs',
		name: 'workflowInputs',
	}),
	model: formField('model', 'getModelInputs', {
		displayName: 'Model Inputs',
		name: 'modelInputs',
	}),
};

/**
 * The only field in a LoRA deployment's form. The field is hidden, but n8n stores it with the form, so display rules
 * can use it to hide everything that a LoRA does not accept: see `OF_LORA`.
 */
export const LORA_MARK: ResourceMapperField = {
	id: 'lora',
	displayName: 'LoRA',
	type: 'string',
	required: false,
	defaultMatch: false,
	display: false,
	removed: true,
};

/**
 * A display rule for the form of a LoRA deployment. The leading slash makes n8n resolve the path from the node's root.
 */
const OF_LORA = { '/workflowInputs.schema[0].id': [LORA_MARK.id] };

/** Display rules for setting a workflow's inputs by form, unless the deployment is a LoRA. */
export const IN_FORM: NonNullable<INodeProperties['displayOptions']> = {
	show: { inputMode: ['fields'] },
	hide: { deploymentId: [''], ...OF_LORA },
};

/**
 * Shows a field in the form and in these other modes. Two entries, because n8n cannot combine `hide` rules with "and".
 */
export function inFormAnd(inputMode: string[], field: INodeProperties): INodeProperties[] {
	const displayOptions = { show: { inputMode }, hide: { deploymentId: [''] } };
	return [
		{ ...field, displayOptions: IN_FORM },
		{ ...field, displayOptions },
	];
}

export const loraNotice: INodeProperties = {
	displayName:
		'This is a LoRA deployment, which has no workflow. Set Input Mode to JSON, which takes inputs by name.',
	name: 'loraNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { inputMode: ['fields'], ...OF_LORA } },
};

/** How to give a file, below a form. */
export const FILE_NOTE =
	'For an image, video or audio input, enter the name of the binary field with the file, such as data, or a URL.';

/** A notice instead, because n8n shows no descriptions for a form's fields. */
export const workflowInputsNotice: INodeProperties = {
	displayName: `Inputs left as deployed are not sent. ${FILE_NOTE} Choosing another deployment resets this form, but keeps the rows of Further Inputs.`,
	name: 'workflowInputsNotice',
	type: 'notice',
	default: '',
	displayOptions: IN_FORM,
};

/**
 * Limit for the choices of a field, in characters: n8n stores all of them in the workflow. A field with longer choices
 * becomes a text field.
 */
const LONGEST_CHOICES = 3_000;

function toFormField(field: WorkflowField, label: string): FormField {
	const shape = shapeOf(field);
	return {
		id: idOf(field),
		displayName: label + typeNote(field),
		required: field.required === true,
		defaultMatch: false,
		canBeUsedToMatch: false,
		display: true,
		removed: !field.likely,
		...(field.spec.kind === 'media' && { takesFile: field.spec.many ? 'list' : 'one' }),
		...shape,
	};
}

/** A field of the form, as n8n stores it. */
interface FormField extends ResourceMapperField {
	/** Set if its text may name a binary field. */
	takesFile?: 'one' | 'list';
}

/**
 * The id of an input, or of several inputs that form one prompt, as used in forms and lists. A model's input has only
 * its name.
 */
export function idOf({ nodeId, input, also = [] }: WorkflowField): string {
	if (nodeId === '') return escape(input);
	return [{ nodeId, input }, ...also].map((one) => toFieldId(one.nodeId, one.input)).join(BETWEEN);
}

const BETWEEN = '|';

/** A form field's name for messages: its label without the note. */
export function labelOfFormField({ displayName }: ResourceMapperField): string {
	return displayName.replace(NOTE, '');
}

const NOTE = / or random$| \(JSON (list|object)\)[^]*$/;

/** Limit for the choices listed in a label, in characters. */
const LONGEST_NOTE = 60;

/** Describes the value inside the label, because n8n shows no other text beside a form's field. */
function typeNote({ nodeId, input, spec, saved }: WorkflowField): string {
	if (isSeed(input)) return ' or random';
	if (spec.kind !== 'json') return '';
	if (spec.many || Array.isArray(saved)) {
		const choices = shorten((spec.choices ?? []).slice(0, LONGEST_NOTE).join(', '), LONGEST_NOTE);
		return choices === '' ? ' (JSON list)' : ` (JSON list): ${choices}`;
	}
	// The saved value of a node may be too long for a form.
	return nodeId === '' || isObject(saved) ? ' (JSON object)' : '';
}

type Shape = Pick<ResourceMapperField, 'type' | 'options' | 'defaultValue'>;

function shapeOf({ input, spec, saved }: WorkflowField): Shape {
	const { kind, choices = [] } = spec;
	const scalar = ['string', 'number', 'bigint', 'boolean'].includes(typeof saved);
	const textField: Shape = { type: 'string', ...(scalar ? { defaultValue: String(saved) } : {}) };
	// A text field allows "random" for a seed, and keeps all digits of large integers.
	if (typeof saved === 'bigint' || (kind === 'integer' && isSeed(input))) return textField;
	if (kind === 'integer' || kind === 'float') {
		return { type: 'number', ...(Number.isFinite(saved) ? { defaultValue: Number(saved) } : {}) };
	}
	if (kind === 'boolean') {
		return { type: 'boolean', ...(typeof saved === 'boolean' ? { defaultValue: saved } : {}) };
	}
	if (kind === 'json' && saved !== undefined) {
		const type = Array.isArray(saved) ? 'array' : 'object';
		return { type, defaultValue: stringifyJson(saved) };
	}
	if (kind !== 'choice' || choices.length === 0) return textField;
	const options = choices.map((choice) => ({ name: String(choice), value: choice }));
	if (JSON.stringify(options).length > LONGEST_CHOICES) return textField;
	const chosen = choices.find((choice) => choice === saved);
	if (chosen !== undefined) return { type: 'options', options, defaultValue: chosen };
	if (typeof saved !== 'string' && typeof saved !== 'number') return { type: 'options', options };
	// n8n does not run a form whose value is missing from the choices.
	const asDeployed = { name: `${saved} (as Deployed)`, value: saved };
	return { type: 'options', options: [asDeployed, ...options], defaultValue: saved };
}

/** Derives an input's type from the field stored by n8n, for when the deployment cannot be read. */
export function specOfFormField(input: string, field: FormField | undefined): InputSpec {
	const file: InputSpec = { kind: 'media' };
	if (field?.takesFile === 'list') return { ...file, many: true, entry: file };
	if (field?.takesFile) return file;
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

// n8n finds a field's id between `["` and `"]`, so an id must not contain those characters.
const UNSAFE = /[%"[\]\\|]/g;

/** The id of a node's input, as used in forms and lists. */
export function toFieldId(nodeId: string, input: string): string {
	return escape(`${nodeId}.${input}`);
}

function escape(text: string): string {
	return text.replace(UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Splits a field id into the inputs that it sets; undefined if it is not valid. */
export function parseFieldId(id: string): FieldInputs | undefined {
	const [first, ...also] = id.split(BETWEEN).map(parsePart);
	if (!first || !also.every((one) => one !== undefined)) return undefined;
	return also.length === 0 ? first : { ...first, also };
}

/** An input, and others that get the same value. */
export type FieldInputs = Pick<WorkflowField, 'nodeId' | 'input' | 'also'>;

function parsePart(id: string): InputRef | undefined {
	const text = unescape(id);
	const dot = text.indexOf('.');
	if (dot < 1 || dot === text.length - 1) return undefined;
	return { nodeId: text.slice(0, dot), input: text.slice(dot + 1) };
}

/** The input of a field id without a node; undefined if the id is not valid. */
export function parseInputName(id: string): FieldInputs | undefined {
	const input = unescape(id);
	return input === '' ? undefined : { nodeId: '', input };
}

function unescape(id: string): string {
	return id.replace(/%([0-9A-F]{2})/g, (_all, code: string) =>
		String.fromCharCode(parseInt(code, 16)),
	);
}

/**
 * Limit for all fields of a form, in characters: n8n stores each one in the user's workflow, shown or not. With the
 * rest of the node, they stay below 20 KB.
 */
const MOST_CHARACTERS = 14_000;

/**
 * Chooses the inputs that become fields of the form: the likely ones, those in `inUse`, and as many more as the limit
 * allows. The rest are available in Further Inputs.
 */
export function layOutForm(
	inputs: readonly WorkflowField[],
	inUse: ReadonlySet<string>,
): ResourceMapperField[] {
	const candidates = inputs.map((input) => ({
		field: toFormField(input, input.label),
		likely: input.likely,
	}));
	const chosen = new Map<ResourceMapperField, ResourceMapperField>();
	let left = MOST_CHARACTERS;
	const choose = (field: ResourceMapperField, required: boolean) => {
		const fits = charactersOf(field) <= left;
		if (!fits && !required) return;
		const entry = fits ? field : withoutValues(field);
		left -= charactersOf(entry);
		chosen.set(field, entry);
	};
	// Likely fields first, so that their space does not depend on their position.
	for (const { field, likely } of candidates) if (likely) choose(field, true);
	for (const { field, likely } of candidates) if (!likely) choose(field, inUse.has(field.id));
	return candidates.flatMap(({ field }) => chosen.get(field) ?? []);
}

/** Includes the value that n8n stores beside a shown field. */
function charactersOf(field: ResourceMapperField): number {
	const value = field.removed ? 0 : JSON.stringify(field.defaultValue ?? null).length;
	return JSON.stringify(field).length + value;
}

// Removes the default values: an empty field leaves the input as deployed, just as the deployed value would.
function withoutValues({ defaultValue: _left, options, ...field }: ResourceMapperField) {
	return { ...field, ...(options ? { type: 'string' as const } : {}) };
}
