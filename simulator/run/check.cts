import type { InputSpec, NodeClass } from '../object-info/define.cjs';
import { nodeClass } from '../object-info/index.cjs';
import type { Graph, GraphNode, RunError } from '../types.cjs';
import { isLink, upstream } from './graph.cjs';
import type { HostedLookup } from './input-file.cjs';
import { LOADERS, readInputFile } from './input-file.cjs';

const EXECUTION_FAILED = 10011;

/** More pixels than this in one batch do not fit into any simulated GPU. */
const MEMORY_PIXELS = 64 * 1024 * 1024;

export const runError = (
	error: string,
	details: string,
	debugInfo: string,
	errorCode = EXECUTION_FAILED,
): RunError => ({ error, details, debugInfo, errorCode });

/** What ComfyUI would refuse or fail at when it runs this graph; empty when it runs. */
export function checkGraph(graph: Graph, hosted: HostedLookup): RunError[] {
	const unknown = Object.entries(graph).find(([, node]) => !nodeClass(node.class_type));
	if (unknown !== undefined) {
		const [id, node] = unknown;
		return [queueError(id, node, `Cannot execute because node ${node.class_type} does not exist.`)];
	}
	const targets = Object.entries(graph).filter(
		([, node]) => nodeClass(node.class_type)?.outputNode,
	);
	if (targets.length === 0) {
		return [runError('ComfyUIQueuePromptError', 'Prompt has no outputs', 'prompt_no_outputs')];
	}
	const reached = new Map(targets.flatMap(([id]) => upstream(graph, id)));
	return [...reached].flatMap(([id, node]) => checkNode(graph, id, node, hosted));
}

function queueError(id: string, node: GraphNode, text: string): RunError {
	const title = node._meta?.title ?? node.class_type;
	return runError(
		'ComfyUIQueuePromptError',
		`Node ${id} (${node.class_type}): ${text}`,
		`node_id=${id} class_type=${node.class_type} title=${title}`,
	);
}

function checkNode(graph: Graph, id: string, node: GraphNode, hosted: HostedLookup): RunError[] {
	const definition = nodeClass(node.class_type);
	if (definition === undefined) return [];
	const problems = Object.entries({ ...definition.required, ...definition.optional }).flatMap(
		([name, spec]) => {
			const problem = checkInput(graph, definition, node, name, spec, hosted);
			return problem === undefined ? [] : [problem];
		},
	);
	if (problems.length > 0) {
		return problems.map((problem) =>
			typeof problem === 'string'
				? queueError(id, node, problem)
				: runError(
						problem.error,
						`Node ${id} (${node.class_type}): ${problem.details}`,
						`node_id=${id} class_type=${node.class_type}`,
					),
		);
	}
	return exhaustsMemory(node)
		? [
				runError(
					'OutOfMemory',
					`Node ${id} (${node.class_type}): CUDA out of memory`,
					`torch.OutOfMemoryError node_id=${id} class_type=${node.class_type}`,
				),
			]
		: [];
}

type Problem = string | { error: string; details: string };

function checkInput(
	graph: Graph,
	definition: NodeClass,
	node: GraphNode,
	name: string,
	[type, options]: InputSpec,
	hosted: HostedLookup,
): Problem | undefined {
	const value = node.inputs[name];
	if (value === undefined) {
		return name in definition.required ? `Required input is missing: ${name}` : undefined;
	}
	if (isLink(value)) {
		return graph[value[0]] ? undefined : `${name}: linked node ${value[0]} does not exist`;
	}
	const wanted = LOADERS[node.class_type];
	if (wanted === name && typeof type !== 'string') {
		const file = readInputFile(String(value), wanted, type, hosted);
		return file.ok ? undefined : file;
	}
	if (name === 'filename_prefix' && escapes(String(value))) {
		return `${name}: saving outside the output folder is not allowed`;
	}
	const choices = typeof type === 'string' ? options?.options : type;
	if (choices !== undefined) {
		return choices.includes(String(value))
			? undefined
			: `Value not in list: ${name}: '${String(value)}' not in ${JSON.stringify(choices.slice(0, 20))}`;
	}
	return type === 'INT' || type === 'FLOAT' ? outOfRange(name, value, options) : undefined;
}

const escapes = (prefix: string): boolean =>
	/^([/\\]|[a-z]:)/i.test(prefix) || prefix.split(/[/\\]/).includes('..');

function outOfRange(
	name: string,
	value: unknown,
	{ min, max }: { min?: number; max?: number | bigint } = {},
): string | undefined {
	const number = typeof value === 'bigint' ? value : Number(value);
	if (Number.isNaN(number)) return `${name}: ${String(value)} is not a number`;
	if (min !== undefined && number < min) {
		return `Value ${String(value)} smaller than min of ${min}: ${name}`;
	}
	if (max !== undefined && number > max) {
		return `Value ${String(value)} bigger than max of ${max}: ${name}`;
	}
	return undefined;
}

function exhaustsMemory({ inputs }: GraphNode): boolean {
	const factor = (name: string): number => {
		const value = inputs[name];
		return value === undefined || isLink(value) ? 1 : Number(value);
	};
	return factor('width') * factor('height') * factor('batch_size') > MEMORY_PIXELS;
}
