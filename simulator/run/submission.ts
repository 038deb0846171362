import { isObject } from '../json';
import { inputsOf, isDynamic, nodeClass } from '../object-info';
import type { Report } from '../reply';
import { readFields } from '../reply';
import type { Graph, GraphNode, JsonObject, LoraSpec } from '../types';
import { isGraphNode, isLink } from './graph';

export interface Submission {
	graph: Graph;
	overrides: JsonObject;
	extraData?: JsonObject;
	webhook?: string;
}

/**
 * Validates a submit against the saved graph and applies the overrides.
 * @param inputProblem finds what is wrong with an overridden input
 * @throws ApiError 422001 listing every problem
 */
export function readSubmission(
	body: unknown,
	query: URLSearchParams,
	saved: Graph,
	inputProblem: InputProblem,
): Submission {
	return readFields(body, (fields, report) => {
		const inline = fields['workflow_api_json'] ?? undefined;
		const overrides = fields['overrides'] ?? undefined;
		const extraData = fields['extra_data'] ?? undefined;
		if (overrides === undefined && inline === undefined) {
			report(['overrides'], 'field required', 'value_error.missing');
		}
		if (extraData !== undefined && !isObject(extraData)) {
			report(['extra_data'], 'value is not a valid dict', 'type_error.dict');
		}
		const base = inline === undefined ? saved : readInline(inline, report);
		const graph = structuredClone(base);
		if (overrides !== undefined) applyOverrides(graph, overrides, inputProblem, report);
		const webhook = readWebhook(query, report);
		return {
			graph,
			overrides: isObject(overrides) ? overrides : {},
			...(isObject(extraData) && { extraData }),
			...(webhook && { webhook }),
		};
	});
}

/**
 * Validates a submit to a LoRA deployment: a flat body with the fields of its schema, and no overrides; a webhook is
 * accepted only in the query.
 * @throws ApiError 422001 listing every problem
 */
export function readLoraSubmission(
	body: unknown,
	query: URLSearchParams,
	saved: Graph,
	{ fields }: LoraSpec,
): Submission {
	const overrides: Record<string, { inputs: JsonObject }> = {};
	const flat = readFields(body, (given, report) => {
		for (const [name, value] of Object.entries(given)) {
			const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
			if (field === undefined) report([name], 'extra fields not permitted', 'value_error.extra');
			else (overrides[field.node] ??= { inputs: {} }).inputs[field.input] = value;
		}
		for (const [name, { required }] of Object.entries(fields)) {
			if (!required || given[name] !== undefined) continue;
			report([name], 'field required', 'value_error.missing');
		}
		return given;
	});
	return { ...readSubmission({ overrides }, query, saved, knownInput), overrides: flat };
}

function readInline(value: unknown, report: Report): Graph {
	const loc = ['workflow_api_json'];
	if (!isObject(value)) {
		report(loc, 'value is not a valid dict', 'type_error.dict');
		return {};
	}
	if (Array.isArray(value['nodes'])) {
		report(loc, 'workflow is not in API format', 'value_error.workflow');
		return {};
	}
	const graph: Graph = {};
	for (const [id, node] of Object.entries(value)) {
		if (isGraphNode(node)) graph[id] = node;
		else report([...loc, id], 'node needs class_type and inputs', 'value_error.workflow');
	}
	return graph;
}

function applyOverrides(
	graph: Graph,
	overrides: unknown,
	inputProblem: InputProblem,
	report: Report,
): void {
	if (!isObject(overrides)) {
		report(['overrides'], 'value is not a valid dict', 'type_error.dict');
		return;
	}
	for (const [id, change] of Object.entries(overrides)) {
		const loc = ['overrides', id];
		const node = Object.hasOwn(graph, id) ? graph[id] : undefined;
		if (node === undefined) {
			report(loc, `node ${id} does not exist in the workflow`, 'value_error.node');
		} else if (!isObject(change) || !isObject(change['inputs'])) {
			report([...loc, 'inputs'], 'field required', 'value_error.missing');
		} else {
			const saved = new Set(Object.keys(node.inputs));
			Object.assign(node.inputs, change['inputs']);
			for (const [name, value] of Object.entries(change['inputs'])) {
				const problem = inputProblem(graph, node, name, value, saved);
				if (problem !== undefined) report([...loc, 'inputs', name], ...problem);
			}
		}
	}
}

/** @param saved names of the node's inputs in the saved graph */
type InputProblem = (
	graph: Graph,
	node: GraphNode,
	name: string,
	value: unknown,
	saved: ReadonlySet<string>,
) => [msg: string, type: string] | undefined;

/**
 * Compares an override with the known inputs of the node's class. Inputs that depend on another input's value are not
 * checked.
 */
export const knownInput: InputProblem = (graph, node, name, value, saved) => {
	const definition = nodeClass(node.class_type);
	const inputs = definition ? inputsOf(definition) : {};
	const spec = inputs[name];
	const [group = ''] = name.split('.');
	const free = definition?.any_input ?? inputs[group];
	if (!saved.has(name) && spec === undefined && !free) {
		return [`${node.class_type} has no input ${name}`, 'value_error.input'];
	}
	if (isLink(value)) {
		return Object.hasOwn(graph, value[0])
			? undefined
			: [`link to node ${value[0]}, which does not exist`, 'value_error.link'];
	}
	return spec === undefined || isDynamic(spec) || fits(spec[0], value)
		? undefined
		: [`value is not a valid ${String(spec[0])}`, 'type_error.input'];
};

/** Lenient like ComfyUI, which converts where it can. */
function fits(type: string | readonly string[], value: unknown): boolean {
	if (typeof type !== 'string') return typeof value === 'string' || typeof value === 'number';
	if (type.includes(',')) return type.split(',').some((one) => fits(one, value));
	switch (type) {
		case 'INT':
			return isNumeric(value, /^\s*[+-]?\d+\s*$/);
		case 'FLOAT':
			return isNumeric(value, /^\s*[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i);
		case 'STRING':
		case 'BOOLEAN':
		case 'COMBO':
		case 'COLOR':
			return value !== null && typeof value !== 'object';
		case '*':
			return true;
		default:
			// Other types arrive over links only.
			return false;
	}
}

const isNumeric = (value: unknown, text: RegExp): boolean =>
	typeof value === 'string'
		? text.test(value)
		: ['number', 'bigint', 'boolean'].includes(typeof value);

function readWebhook(query: URLSearchParams, report: Report): string | undefined {
	const url = query.get('webhook') ?? undefined;
	if (url === undefined || (URL.canParse(url) && /^https?:/i.test(url))) return url;
	report(['webhook'], 'invalid or missing URL scheme', 'value_error.url.scheme');
	return undefined;
}
