import type { InputSpec } from '../object-info';
import { inputsOf, isDynamic, nodeClass } from '../object-info';
import type { Graph, GraphNode, JsonObject, NodeError, NodeErrors, RunError } from '../types';
import { isLink, upstream } from './graph';
import type { IsGone } from './input-file';
import { fileProblem, LOADERS } from './input-file';

export interface Verdict {
	/** Why the run fails; empty if it runs. */
	errors: RunError[];
	/** Output nodes that are left out because their branch does not validate. */
	dropped: ReadonlySet<string>;
	/** The reasons, by node. */
	nodeErrors: NodeErrors;
}

/** Finds everything that ComfyUI would reject, leave out or fail on when it runs this graph. */
export function checkGraph(graph: Graph, isGone: IsGone, partnerKey: boolean): Verdict {
	const refuse = (error: Refusal['error'], node_errors: NodeErrors = {}): Verdict => ({
		errors: [refusalError({ error, node_errors })],
		dropped: new Set(),
		nodeErrors: node_errors,
	});
	const unknown = Object.entries(graph).find(([, node]) => !nodeClass(node.class_type));
	if (unknown !== undefined) return refuse(unknownClass(...unknown));
	const targets = Object.keys(graph).filter(
		(id) => nodeClass(graph[id]?.class_type ?? '')?.output_node,
	);
	if (targets.length === 0) {
		return refuse(problem('prompt_no_outputs', 'Prompt has no outputs', ''));
	}
	const dropped = new Set<string>();
	const found = new Map<string, NodeErrors[string]>();
	const runs = new Map<string, GraphNode>();
	for (const target of targets) {
		const branch = upstream(graph, target);
		for (const [id, node] of branch) {
			const of: NodeErrors[string] = found.get(id) ?? {
				errors: validate(graph, node),
				dependent_outputs: [],
				class_type: node.class_type,
			};
			found.set(id, of);
			if (of.errors.length === 0) continue;
			of.dependent_outputs.push(target);
			dropped.add(target);
		}
		if (!dropped.has(target)) for (const [id, node] of branch) runs.set(id, node);
	}
	const nodeErrors = Object.fromEntries([...found].filter(([, { errors }]) => errors.length > 0));
	if (dropped.size === targets.length) return refuse(allFailed(targets, nodeErrors), nodeErrors);
	const errors = [...runs].flatMap(([id, node]) => execute(id, node, isGone, partnerKey));
	return { errors, dropped, nodeErrors };
}

const problem = (
	type: string,
	message: string,
	details: string,
	extra_info: NodeError['extra_info'] = {},
): NodeError => ({ type, message, details, extra_info });

function unknownClass(id: string, { class_type, _meta }: GraphNode): NodeError {
	const node_title = _meta?.title ?? class_type;
	const message = `Node '${node_title}' not found. The custom node may not be installed.`;
	const info = { node_id: id, class_type, node_title };
	return problem('missing_node_type', message, `Node ID '#${id}'`, info);
}

/** The error if no output validates; as in ComfyUI, it names each node's own problems only. */
function allFailed(targets: readonly string[], nodeErrors: NodeErrors): NodeError {
	const own = targets.flatMap((id) => nodeErrors[id]?.errors ?? []);
	const lines = own.map(({ message, details }) => `${message}: ${details}`);
	const message = 'Prompt outputs failed validation';
	return problem('prompt_outputs_failed_validation', message, lines.join('\n'));
}

/** Validates a node, before anything runs. */
function validate(graph: Graph, node: GraphNode): NodeError[] {
	const definition = nodeClass(node.class_type);
	if (definition === undefined) return [];
	return Object.entries(inputsOf(definition)).flatMap(([name, spec]) => {
		if (isDynamic(spec)) return [];
		const found = checkInput(graph, name in definition.input.required, node, name, spec);
		return found === undefined ? [] : [problem(...found, { input_name: name })];
	});
}

/** Finds why a node would fail while running. */
function execute(id: string, node: GraphNode, isGone: IsGone, partnerKey: boolean): RunError[] {
	const definition = nodeClass(node.class_type);
	const { class_type } = node;
	const failed = (error: string, text: string): RunError[] => [
		runError(
			error,
			`Node ${id} (${class_type}): ${text}`,
			`node_id=${id} class_type=${class_type}`,
		),
	];
	const wanted = LOADERS[node.class_type];
	if (wanted !== undefined && !isLink(node.inputs[wanted])) {
		const known = definition?.input.required[wanted]?.[0] ?? [];
		const found = fileProblem(String(node.inputs[wanted]), wanted, [known].flat(), isGone);
		if (found) return failed(found.error, found.details);
	}
	if (definition?.api_node && !partnerKey) {
		return failed('Exception', 'Unauthorized: Please login first to use this node.');
	}
	return [];
}

type Found = [type: string, message: string, details: string] | undefined;

function checkInput(
	graph: Graph,
	required: boolean,
	node: GraphNode,
	name: string,
	[type, options]: InputSpec,
): Found {
	const value = node.inputs[name];
	if (value === undefined) {
		return required ? ['required_input_missing', 'Required input is missing', name] : undefined;
	}
	if (isLink(value)) {
		return graph[value[0]]
			? undefined
			: ['exception_during_validation', 'Exception when validating node', `'${value[0]}'`];
	}
	if (LOADERS[node.class_type] === name) return undefined;
	if (name === 'filename_prefix' && escapes(String(value))) {
		const why = `${name} - saving outside the output folder is not allowed`;
		return ['custom_validation_failed', 'Custom validation failed for node', why];
	}
	const choices = typeof type === 'string' ? options?.options : type;
	if (choices !== undefined) {
		const list = choices.length > 20 ? `(list of length ${choices.length})` : inPython(choices);
		return choices.some((choice) => String(choice) === String(value))
			? undefined
			: ['value_not_in_list', 'Value not in list', `${name}: '${String(value)}' not in ${list}`];
	}
	const [first = ''] = String(type).split(',');
	return first === 'INT' || first === 'FLOAT' ? outOfRange(first, name, value, options) : undefined;
}

const inPython = (choices: readonly unknown[]): string =>
	`[${choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice))).join(', ')}]`;

const escapes = (prefix: string): boolean =>
	/^([/\\]|[a-z]:)/i.test(prefix) || prefix.split(/[/\\]/).includes('..');

function outOfRange(
	type: string,
	name: string,
	value: unknown,
	{ min, max }: { min?: number; max?: number | bigint } = {},
): Found {
	const number = numberIn(value);
	if (Number.isNaN(number)) {
		const message = `Failed to convert an input value to a ${type} value`;
		return ['invalid_input_type', message, `${name}, ${String(value)}`];
	}
	if (min !== undefined && number < min) {
		return ['value_smaller_than_min', `Value ${String(value)} smaller than min of ${min}`, name];
	}
	if (max !== undefined && number > max) {
		return ['value_bigger_than_max', `Value ${String(value)} bigger than max of ${max}`, name];
	}
	return undefined;
}

/** Exact for numbers as text, too, so that a seed of 2^64 - 1 is not rounded up past its limit. */
function numberIn(value: unknown): number | bigint {
	if (typeof value === 'bigint') return value;
	return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? BigInt(value) : Number(value);
}

const EXECUTION_FAILED = 10011;

export const runError = (
	error: string,
	details: string,
	debugInfo: string,
	errorCode = EXECUTION_FAILED,
): RunError => ({ error, details, debugInfo, errorCode });

/** ComfyUI's body, with status 400, for a prompt that it rejects (`validate_prompt` in execution.py). */
export interface Refusal {
	error: { type: string; message: string; details: string; extra_info: JsonObject };
	/** The problems, by node. A problem upstream of an output node appears only here. */
	node_errors: NodeErrors;
}

export function refusalError({ error, node_errors }: Refusal): RunError {
	const { type, message, details } = error;
	const between = message.endsWith('.') ? ' ' : ': ';
	return {
		...runError('ComfyUIQueuePromptError', details ? message + between + details : message, type),
		...(Object.keys(node_errors).length > 0 && { node_errors }),
	};
}

/** Describes a run's failure in words. */
export function describeError({ details, node_errors = {} }: RunError): string {
	const reasons = Object.entries(node_errors).flatMap(([id, { class_type, errors }]) =>
		errors.map((one) => `Node ${id} (${class_type}): ${one.message}: ${one.details}`),
	);
	return reasons.length > 0 ? reasons.join('; ') : details;
}
