import type { IExecuteFunctions, ResourceMapperField } from 'n8n-workflow';
import {
	checkValue,
	fitValue,
	isBase64,
	isRandom,
	isSeed,
	nodeOf,
	overridesFromRows,
	RunComfyError,
	specOf,
	type Finding,
	type InputSpec,
	type KnownWorkflow,
	type OverrideRow,
	type Overrides,
	toMediaInput,
} from '../../../core';
import { parseFieldId, specOfFormField } from './formFields';

/** The form of one item, as the user filled it. */
export interface Form {
	/** What the user set. */
	set: FormEntry[];
	/** Shown with the deployment's own value, and left at it. */
	untouched: FormEntry[];
	/** Names of shown texts that are empty although the deployment has one. */
	blank: string[];
}

interface FormEntry {
	nodeId: string;
	input: string;
	/** What people see of the field. */
	label: string;
	value: unknown;
	field: ResourceMapperField | undefined;
}

interface Mapper {
	value?: Record<string, unknown> | null;
	schema?: ResourceMapperField[];
}

/**
 * What the user set in the form. A field that still holds the deployment's own value is not set, so
 * that it follows the deployment when that is changed; neither is one that an expression gives `null`.
 * @throws RunComfyError `invalid_input`
 */
export function readForm(context: IExecuteFunctions, itemIndex: number): Form {
	const given = context.getNodeParameter('workflowInputs', itemIndex, {}) as Mapper;
	const raw = context.getNodeParameter('workflowInputs', itemIndex, {}, RAW) as Mapper;
	const fields = new Map((given.schema ?? []).map((field) => [field.id, field]));
	const form: Form = { set: [], untouched: [], blank: blankTexts(raw) };
	for (const [id, value] of Object.entries(given.value ?? {})) {
		const name = parseFieldId(id);
		if (!name) throw strayField(id);
		const field = fields.get(id);
		const entry = { ...name, label: field?.displayName ?? id, value, field };
		const written = raw.value?.[id];
		const fixed = !(typeof written === 'string' && written.startsWith('='));
		if (value === null || (fixed && value === undefined)) continue;
		if (fixed && field && value === field.defaultValue) form.untouched.push(entry);
		else form.set.push(entry);
	}
	return form;
}

const RAW = { rawExpressions: true };

// n8n itself takes the value of an emptied field away, and adds "all inputs" without values.
function blankTexts({ value, schema = [] }: Mapper): string[] {
	return schema
		.filter(({ type, display, removed }) => type === 'string' && display && removed !== true)
		.filter(({ id, defaultValue }) => defaultValue && (value?.[id] ?? null) === null)
		.map(({ displayName }) => displayName);
}

export interface FormOverrides {
	overrides: Overrides;
	findings: Finding[];
	/** Where what the form shows is not what runs. */
	warnings: string[];
}

/**
 * The overrides that the form stands for, in the types of the workflow that they are for.
 * @throws RunComfyError `invalid_input` for an embedded file larger than `maxBytes` or broken.
 */
export async function toOverrides(
	form: Form,
	known: KnownWorkflow,
	maxBytes: number | undefined,
): Promise<FormOverrides> {
	const rows: OverrideRow[] = [];
	const findings: Finding[] = [];
	const warnings = warningsOf(form, known);
	for (const entry of form.set) {
		const { nodeId, input, label } = entry;
		const spec = specOfEntry(entry, known);
		const value = fitValue(entry.value, spec);
		const problem = findProblem(entry, value, spec, known);
		if (problem) {
			findings.push(problem);
		} else if (typeof value === 'string' && isEmbedded(value, spec)) {
			const media = await toMediaInput(value, { maxBytes, filename: label });
			rows.push({ nodeId, input, value: media.value });
			warnings.push(...media.warnings);
		} else {
			rows.push({ nodeId, input, value });
		}
	}
	return { overrides: overridesFromRows(rows), findings, warnings };
}

function isEmbedded(text: string, { kind }: InputSpec): boolean {
	return /^data:/i.test(text) || (kind === 'media' && isBase64(text));
}

function specOfEntry({ nodeId, input, field }: FormEntry, known: KnownWorkflow): InputSpec {
	const node = known.workflow && nodeOf(known.workflow, nodeId);
	return node ? specOf(node, input, known.info) : specOfFormField(input, field);
}

// With the workflow at hand the rest is checked there, together with whatever else is sent.
function findProblem(
	{ nodeId, input, label, value: given }: FormEntry,
	value: unknown,
	spec: InputSpec,
	known: KnownWorkflow,
): Finding | undefined {
	const path = `${nodeId}.inputs.${input}`;
	if (value === undefined || (value === '' && spec.kind !== 'string')) {
		return { path, problem: 'no_value', message: `${label} ${NO_VALUE}` };
	}
	if (typeof value === 'number' && !Number.isFinite(value)) {
		const message = `${label} has an expression that gives no number but ${value}`;
		return { path, problem: 'no_value', message };
	}
	const rounded = Number.isInteger(value) && !Number.isSafeInteger(value);
	if (!rounded && (known.workflow || (isSeed(input) && isRandom(given)))) return undefined;
	const problem = checkValue(value, rounded ? { kind: 'integer' } : spec);
	return problem && { path, ...problem, message: `${label} ${problem.message}` };
}

const NO_VALUE = 'has an expression that gives no value (null keeps the deployment’s own)';

function warningsOf({ untouched, blank }: Form, { workflow }: KnownWorkflow): string[] {
	const changed = untouched.flatMap((entry) => {
		const node = workflow && nodeOf(workflow, entry.nodeId);
		const saved = node?.inputs[entry.input];
		if (saved === undefined || sameText(saved, entry.value)) return [];
		return [`${entry.label} is ${textOf(saved)} now`];
	});
	return [
		...(changed.length > 0
			? [
					`The deployment has changed since its form was loaded, and runs with its new values: ${few(changed)}. Choose the deployment again to see them.`,
				]
			: []),
		...(blank.length > 0
			? [
					`Empty in the form, so that the deployment’s own text is used: ${few(blank)}. For an empty text, enter the expression {{ "" }}.`,
				]
			: []),
	];
}

function sameText(saved: unknown, shown: unknown): boolean {
	return String(shown) === textOf(saved);
}

function textOf(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const FEW = 5;

function few(names: readonly string[]): string {
	const short = names
		.slice(0, FEW)
		.map((name) => (name.length > 120 ? `${name.slice(0, 119)}…` : name));
	return short.join('; ') + (names.length > FEW ? `; and ${names.length - FEW} more` : '');
}

function strayField(id: string): RunComfyError {
	return new RunComfyError('invalid_input', `"${id}" in Workflow Inputs names no input`, {
		hint: 'Name an input by its node and its name, such as 6.text, or choose the deployment again to load the form anew.',
	});
}
