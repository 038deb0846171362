import type { InputSpec } from '../object-info/define.cjs';
import { expandInputs } from '../object-info/expand.cjs';
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

export interface Verdict {
	/** Why the run fails; empty when it runs. */
	errors: RunError[];
	/** Output nodes that are left out because their branch does not validate. */
	dropped: Set<string>;
}

/** What ComfyUI would refuse, leave out or fail at when it runs this graph. */
export function checkGraph(graph: Graph, hosted: HostedLookup, partnerKey: boolean): Verdict {
	const fails = (...errors: RunError[]): Verdict => ({ errors, dropped: new Set() });
	const unknown = Object.entries(graph).find(([, node]) => !nodeClass(node.class_type));
	if (unknown !== undefined) {
		const [id, node] = unknown;
		return fails(
			queueError(id, node, `Cannot execute because node ${node.class_type} does not exist.`),
		);
	}
	const targets = Object.entries(graph).filter(
		([, node]) => nodeClass(node.class_type)?.outputNode,
	);
	if (targets.length === 0) {
		return fails(runError('ComfyUIQueuePromptError', 'Prompt has no outputs', 'prompt_no_outputs'));
	}
	const dropped = new Set<string>();
	const refused = new Map<string, RunError[]>();
	const runs = new Map<string, GraphNode>();
	for (const [target] of targets) {
		const branch = upstream(graph, target);
		for (const [id, node] of branch) {
			const errors = refused.get(id) ?? validate(graph, id, node);
			refused.set(id, errors);
			if (errors.length > 0) dropped.add(target);
		}
		if (!dropped.has(target)) for (const [id, node] of branch) runs.set(id, node);
	}
	if (dropped.size === targets.length) return fails(...[...refused.values()].flat());
	const errors = [...runs].flatMap(([id, node]) => execute(id, node, hosted, partnerKey));
	return { errors, dropped };
}

const nameOf = (id: string, node: GraphNode): string => `Node ${id} (${node.class_type})`;
const infoOf = (id: string, node: GraphNode): string =>
	`node_id=${id} class_type=${node.class_type}`;

function queueError(id: string, node: GraphNode, text: string): RunError {
	const title = node._meta?.title ?? node.class_type;
	const info = `${infoOf(id, node)} title=${title}`;
	return runError('ComfyUIQueuePromptError', `${nameOf(id, node)}: ${text}`, info);
}

/** What is wrong with a node before anything runs. */
function validate(graph: Graph, id: string, node: GraphNode): RunError[] {
	const definition = nodeClass(node.class_type);
	if (definition === undefined) return [];
	const { required, optional } = expandInputs(definition, node.inputs);
	return Object.entries({ ...required, ...optional }).flatMap(([name, spec]) => {
		const problem = checkInput(graph, name in required, node, name, spec);
		return problem === undefined ? [] : [queueError(id, node, problem)];
	});
}

/** What a node fails at while it runs. */
function execute(
	id: string,
	node: GraphNode,
	hosted: HostedLookup,
	partnerKey: boolean,
): RunError[] {
	const definition = nodeClass(node.class_type);
	const failed = (error: string, text: string, trace = ''): RunError[] => [
		runError(error, `${nameOf(id, node)}: ${text}`, trace + infoOf(id, node)),
	];
	const wanted = LOADERS[node.class_type];
	if (wanted !== undefined && !isLink(node.inputs[wanted])) {
		const known = definition?.required[wanted]?.[0] ?? [];
		const file = readInputFile(String(node.inputs[wanted]), wanted, [known].flat(), hosted);
		if (!file.ok) return failed(file.error, file.details);
	}
	if (definition?.apiNode && !partnerKey) {
		return failed('Exception', 'Unauthorized: Please login first to use this node.');
	}
	return exhaustsMemory(node)
		? failed('OutOfMemory', 'CUDA out of memory', 'torch.OutOfMemoryError ')
		: [];
}

function checkInput(
	graph: Graph,
	required: boolean,
	node: GraphNode,
	name: string,
	[type, options]: InputSpec,
): string | undefined {
	const value = node.inputs[name];
	if (value === undefined) return required ? `Required input is missing: ${name}` : undefined;
	if (isLink(value)) {
		return graph[value[0]] ? undefined : `${name}: linked node ${value[0]} does not exist`;
	}
	if (LOADERS[node.class_type] === name) return undefined;
	if (name === 'filename_prefix' && escapes(String(value))) {
		return `${name}: saving outside the output folder is not allowed`;
	}
	const choices = typeof type === 'string' ? options?.options : type;
	if (choices !== undefined) {
		return choices.some((choice) => String(choice) === String(value))
			? undefined
			: `Value not in list: ${name}: '${String(value)}' not in ${JSON.stringify(choices.slice(0, 20))}`;
	}
	const [first] = String(type).split(',');
	return first === 'INT' || first === 'FLOAT' ? outOfRange(name, value, options) : undefined;
}

const escapes = (prefix: string): boolean =>
	/^([/\\]|[a-z]:)/i.test(prefix) || prefix.split(/[/\\]/).includes('..');

function outOfRange(
	name: string,
	value: unknown,
	{ min, max }: { min?: number; max?: number | bigint } = {},
): string | undefined {
	const number = numberIn(value);
	if (Number.isNaN(number)) return `${name}: ${String(value)} is not a number`;
	if (min !== undefined && number < min) {
		return `Value ${String(value)} smaller than min of ${min}: ${name}`;
	}
	if (max !== undefined && number > max) {
		return `Value ${String(value)} bigger than max of ${max}: ${name}`;
	}
	return undefined;
}

/** Exact, so that a seed of 2^64 - 1 is not rounded up past its limit, in text, too. */
function numberIn(value: unknown): number | bigint {
	if (typeof value === 'bigint') return value;
	return typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? BigInt(value) : Number(value);
}

function exhaustsMemory({ inputs }: GraphNode): boolean {
	const factor = (name: string): number => {
		const value = inputs[name];
		return value === undefined || isLink(value) ? 1 : Number(value);
	};
	return factor('width') * factor('height') * factor('batch_size') > MEMORY_PIXELS;
}
