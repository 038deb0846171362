import { invalidInput, RunComfyError } from '../errors';
import { type InputRef } from '../form/inputSpec';
import { printable } from '../form/words';
import { findInexactInteger, findNonFinite } from '../json/numbers';
import { asObject, isObject, type JsonObject } from '../json/objects';
import { type JsonSource, parseUserJson } from '../json/userJson';
import { nodeOf, type WorkflowApiJson, type WorkflowNode } from './graph';
import { currentInputs, type Values } from './inputsOf';

/** What to change in a saved workflow: `{ "6": { "inputs": { "text": "a cat" } } }`. */
export type Overrides = Record<string, { inputs: Record<string, unknown> }>;

export interface OverrideRow extends InputRef {
	value: unknown;
}

/**
 * Reads overrides from JSON text or an object; an empty value means no overrides. Integers beyond 2^53 stay exact
 * in JSON text (as `bigint`); in an object they have already lost digits and are refused.
 * @throws RunComfyError `invalid_input` if the text is not JSON, `invalid_overrides` if the JSON has the wrong form
 */
export function parseOverrides(
	value: unknown,
	source: JsonSource = { name: 'Overrides' },
): Overrides {
	const given = readJson(value, 'overrides', source);
	if (given === undefined || given === null) return {};
	refuseEditorFormat(given, 'invalid_overrides');
	refuseBody(given, 'invalid_overrides');
	if (!isObject(given)) throw wrongOverrides('Overrides must be an object', given);
	const ids = Object.keys(given);
	if (isObject(given['overrides']) && !isObject(given['overrides']['inputs'])) {
		throw wrongOverrides(
			'The overrides are nested in another "overrides": give only the inner ones',
			given,
		);
	}
	if (ids.length > 0 && ids.every((id) => isNode(given[id]))) {
		throw new RunComfyError('invalid_overrides', 'These overrides are a whole workflow', {
			hint: 'Give it as a workflow, or keep only the inputs that you want to change.',
		});
	}
	for (const id of ids) checkOverride(id, given[id]);
	return given as Overrides;
}

/** Reads a workflow in API format from JSON text, a JSON file or an object. @throws RunComfyError `invalid_input` */
export function parseWorkflow(
	value: unknown,
	source: JsonSource = { name: 'Workflow' },
): WorkflowApiJson {
	const text = value instanceof Uint8Array ? textIn(value, source) : value;
	const given = readJson(text, 'workflow', source);
	refuseEditorFormat(given, 'invalid_input');
	refuseBody(given, 'invalid_input');
	const nodes = isObject(given) ? Object.entries(given) : [];
	const wrong = nodes.find(([, node]) => !isNode(node));
	const odd = nodes.find(([, node]) => isObject(node) && !isObject(node['inputs'] ?? {}));
	if (nodes.length > 0 && !wrong && !odd) return withoutTraces(given as WorkflowApiJson);
	const what = wrong
		? `Node "${printable(wrong[0])}" of the workflow has no class_type`
		: odd
			? `The inputs of node "${printable(odd[0])}" of the workflow are not an object`
			: 'The workflow holds no nodes';
	throw invalidInput(what, EXPORT);
}

function textIn(file: Uint8Array, { name }: JsonSource): string {
	const text = new TextDecoder().decode(file).trim();
	if (text.startsWith('{')) return text;
	throw invalidInput(`${name} is not a JSON file with a workflow`, EXPORT);
}

/** Drops fields that ComfyUI adds to a node at run time, such as `is_changed`. */
function withoutTraces(workflow: WorkflowApiJson): WorkflowApiJson {
	return Object.fromEntries(
		Object.entries(workflow).map(([id, { class_type, inputs, _meta }]): [string, WorkflowNode] => [
			id,
			{ inputs: inputs ?? {}, class_type, ...(_meta === undefined ? {} : { _meta }) },
		]),
	);
}

/** Makes overrides from single values; later ones win. Values of named inputs have the node id ''. */
export function groupRows(rows: readonly OverrideRow[]): Overrides {
	const nodes = new Map<string, Array<[string, unknown]>>();
	for (const { nodeId, input, value } of rows) {
		const inputs = nodes.get(nodeId);
		if (inputs) inputs.push([input, value]);
		else nodes.set(nodeId, [[input, value]]);
	}
	return Object.fromEntries(
		[...nodes].map(([id, inputs]) => [id, { inputs: Object.fromEntries(inputs) }]),
	);
}

/** Merges overrides input by input; `over` wins. */
export function mergeOverrides(base: Overrides, over: Overrides): Overrides {
	if (isEmpty(base)) return over;
	if (isEmpty(over)) return base;
	// A Map, because an object would treat `__proto__` specially and lose it.
	const merged = new Map(Object.entries(base));
	for (const [id, node] of Object.entries(over)) {
		const before = merged.get(id);
		merged.set(id, before ? { inputs: { ...before.inputs, ...node.inputs } } : node);
	}
	return Object.fromEntries(merged);
}

function isEmpty(overrides: Overrides): boolean {
	return Object.keys(overrides).length === 0;
}

/** The inputs that the overrides set of a node. */
export function overrideOf(overrides: Overrides, nodeId: string): Values | undefined {
	return Object.hasOwn(overrides, nodeId) ? overrides[nodeId]?.inputs : undefined;
}

export function isSet(overrides: Overrides, { nodeId, input }: InputRef): boolean {
	return Object.hasOwn(overrideOf(overrides, nodeId) ?? {}, input);
}

function readJson(value: unknown, what: 'overrides' | 'workflow', source: JsonSource): unknown {
	// A bare number is refused later, because it is not an object.
	if (typeof value === 'object') refuseInexact(value, what);
	return parseUserJson(value, source);
}

function checkOverride(id: string, override: unknown): void {
	if (id.trim() === '') throw wrongOverrides('An override has an empty node id', override);
	if (!isObject(override) || !isObject(override['inputs'])) {
		throw wrongOverrides(`The override of node "${printable(id)}" has no "inputs"`, override);
	}
	for (const input of Object.keys(override['inputs'])) refuseName(input);
	const extra = Object.keys(override).filter((key) => key !== 'inputs');
	if (extra.length > 0) {
		throw wrongOverrides(
			`The override of node "${printable(id)}" holds more than "inputs": ${printable(extra.join(', '))}`,
			override,
		);
	}
}

// As a key of an object, this name would set the prototype instead of an input: in this process, in transit, or on
// RunComfy's machine.
function refuseName(input: string): void {
	if (input !== '__proto__') return;
	throw new RunComfyError('invalid_overrides', 'No input can be called "__proto__"', {
		hint: 'Check where the names of the inputs come from.',
	});
}

function wrongOverrides(message: string, given: unknown): RunComfyError {
	return new RunComfyError('invalid_overrides', message, {
		hint: 'Write {"<node id>": {"inputs": {"<input name>": <value>}}}, for example {"6": {"inputs": {"text": "a cat"}}}.',
		details: { given: Array.isArray(given) ? 'array' : typeof given },
	});
}

function refuseInexact(value: unknown, what: string): void {
	const inexact = findInexactInteger(value);
	if (inexact !== undefined) {
		throw invalidInput(
			`The number at ${inexact} of the ${what} is larger than 2^53 and has lost digits`,
			'Give it in JSON text, where large integers stay exact, or use a smaller number.',
		);
	}
	const nonFinite = findNonFinite(value);
	if (nonFinite === undefined) return;
	throw invalidInput(
		`The value at ${nonFinite} of the ${what} is not a number`,
		'Check the expression that computes it.',
	);
}

const EXPORT = 'In ComfyUI, choose Workflow > Export (API).';

// The format of ComfyUI's editor has positions and links that only the editor can read.
function refuseEditorFormat(given: unknown, code: 'invalid_input' | 'invalid_overrides'): void {
	if (!isObject(given) || !Array.isArray(given['nodes'])) return;
	throw new RunComfyError(code, 'This is a workflow as ComfyUI’s editor saves it', {
		hint: EXPORT,
	});
}

/**
 * Keys that a workflow may be nested under: in ComfyUI's API, in RunComfy's API, and in answers about deployments.
 */
const WRAPPERS = ['prompt', 'workflow_api_json', 'workflow'];

// Refuses a workflow that is nested in another object, such as the body of ComfyUI's POST /prompt: {"prompt": {…},
// "client_id": …}.
function refuseBody(given: unknown, code: 'invalid_input' | 'invalid_overrides'): void {
	if (!isObject(given) || Object.values(given).every(isNode)) return;
	const wrapper = WRAPPERS.find((name) => {
		const inner = Object.hasOwn(given, name) ? given[name] : undefined;
		if (!isObject(inner) || isNode(inner)) return false;
		const entries = Object.values(inner);
		return entries.length > 0 && (entries.every(isNode) || Array.isArray(inner['nodes']));
	});
	if (wrapper === undefined) return;
	const body = wrapper === 'prompt' ? 'the body of ComfyUI’s POST /prompt' : 'more than a workflow';
	throw new RunComfyError(code, `This is ${body}: the workflow is nested under "${wrapper}"`, {
		hint:
			code === 'invalid_input'
				? `Give only the object under "${wrapper}": in an expression, for example, add .${wrapper} to its path.`
				: `To run that workflow, give the object under "${wrapper}" as a workflow; overrides hold only the inputs to change, such as {"6": {"inputs": {"text": "a cat"}}}.`,
	});
}

function isNode(value: unknown): value is JsonObject {
	return isObject(value) && typeof value['class_type'] === 'string';
}

/** Applies overrides to a workflow. Changes neither argument. */
export function withOverrides(workflow: WorkflowApiJson, overrides: Overrides): WorkflowApiJson {
	if (isEmpty(overrides)) return workflow;
	const changed = Object.entries(overrides).flatMap(([nodeId, { inputs }]) => {
		const node = nodeOf(workflow, nodeId);
		return node ? [[nodeId, { ...node, inputs: currentInputs(node, inputs) }] as const] : [];
	});
	return { ...workflow, ...Object.fromEntries(changed) };
}

/**
 * Writes overrides into a workflow that is sent along, because sources differ on whether the service takes a
 * workflow and overrides together. Files stay overrides, because the service is only known to fetch and unpack
 * files there. If the service refuses the combination, nothing is lost, whereas a run without its file would be
 * billed. Overrides of nodes that the workflow lacks also stay.
 */
export function applyOverrides(
	workflow: WorkflowApiJson,
	overrides: Overrides,
): { workflow: WorkflowApiJson; rest: Overrides } {
	const part = (stays: boolean) =>
		mapInputs(overrides, (value, { nodeId }) =>
			stays === (!nodeOf(workflow, nodeId) || isFile(value)) ? value : undefined,
		);
	return { workflow: withOverrides(workflow, part(false)), rest: part(true) };
}

/**
 * Applies `change` to each input. Drops inputs for which `change` returns undefined, and nodes with no inputs left.
 */
export function mapInputs(
	nodes: Readonly<Record<string, { inputs?: unknown }>>,
	change: (value: unknown, place: InputRef) => unknown,
): Overrides {
	const rows: OverrideRow[] = [];
	for (const [nodeId, { inputs }] of Object.entries(nodes)) {
		for (const [input, held] of Object.entries(asObject(inputs))) {
			const place = { nodeId, input };
			const value = change(held, place);
			if (value !== undefined) rows.push({ ...place, value });
		}
	}
	return groupRows(rows);
}

/** Copies the overrides with `change` applied to each input. */
export function changeInputs(
	overrides: Overrides,
	change: (value: unknown, place: InputRef) => unknown,
): Overrides {
	const nodes = Object.entries(overrides).map(([nodeId, { inputs }]) => {
		const values = Object.entries(inputs).map(([input, value]) => {
			return [input, change(value, { nodeId, input })] as const;
		});
		return [nodeId, { inputs: Object.fromEntries(values) }] as const;
	});
	return Object.fromEntries(nodes);
}

function isFile(value: unknown): boolean {
	return typeof value === 'string' && /^\s*(https?:\/\/|data:)/i.test(value);
}
