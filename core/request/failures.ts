import {
	asId,
	asList,
	asNumber,
	asObject,
	asString,
	compact,
	isObject,
	type JsonObject,
	tried,
} from '../json/objects';
import { listFew, shorten } from '../text';

/** One reason why a run failed, in RunComfy's words. */
export interface RunFailure {
	/** The name of the error, such as `OutOfMemory`. */
	error?: string;
	/** A readable description of the error. */
	details?: string;
	/** Where the error happened, often a stack trace. */
	debug_info?: string;
	error_code?: number;
	/** The ComfyUI node that failed, if the answer names one. */
	node?: FailedNode;
}

interface FailedNode {
	id?: string;
	class_type?: string;
	title?: string;
}

/**
 * Reads the `error` of a failed result. Forms seen so far: a list of objects, one object, text, for models also text
 * that holds JSON, and ComfyUI's own forms (`node_id`, `node_errors`).
 */
export function readFailures(error: unknown): RunFailure[] {
	if (error === undefined || error === null || error === '') return [];
	if (Array.isArray(error)) return error.flatMap(readFailures);
	const object = isObject(error) ? error : parseInner(String(error));
	if (!isObject(object)) return [withFailedNode({ details: shown(String(error)) })];
	if (Array.isArray(object['errors'])) return readFailures(object['errors']);
	const ofNodes = reasonsOfNodes(object);
	return ofNodes.length > 0 ? ofNodes : [withFailedNode(readReason(object), object)];
}

/** ComfyUI's errors for each node of a graph that it refused. The graph's own `error` may be empty. */
function reasonsOfNodes(error: unknown): RunFailure[] {
	return Object.entries(asObject(asObject(error)['node_errors'])).flatMap(([id, of]) => {
		const { errors, class_type } = asObject(of);
		const node = compact({ id, class_type: asString(class_type) });
		return asList(errors).flatMap((one) => {
			const { type, message, details } = asObject(one);
			const said = [message, details].flatMap((text) => asString(text) ?? []);
			if (said.length === 0) return [];
			return compact({ error: asString(type), details: shown(said.join(': ')), node });
		});
	});
}

/** Maximum number of characters in one text of a failure. Some are stack traces. */
const LONGEST_REASON = 50_000;

function shown(text: string): string {
	return shorten(text, LONGEST_REASON);
}

function readReason(error: JsonObject): RunFailure {
	const name = firstString(error, ['error', 'type', 'exception_type']);
	// ComfyUI's answer to a graph it cannot queue: {error: {type, message, details}, node_errors}.
	const inner = asObject(error['error']);
	return compact({
		error: name ?? firstString(inner, ['type']),
		details:
			firstString(error, ['details', 'message', 'exception_message']) ??
			firstString(inner, ['message', 'details']),
		debug_info: firstString(error, ['debugInfo']),
		error_code: asNumber(error['errorCode']) ?? asNumber(error['code']),
	});
}

function firstString(object: JsonObject, keys: readonly string[]): string | undefined {
	const found = keys.map((key) => asString(object[key])).find((one) => one !== undefined);
	return found === undefined ? undefined : shown(found);
}

function parseInner(text: string): unknown {
	return text.startsWith('{') ? tried(() => JSON.parse(text) as unknown) : undefined;
}

/** Adds the node that failed, read from the error's fields or else from its text. */
function withFailedNode(failure: RunFailure, error: JsonObject = {}): RunFailure {
	const texts = [failure.details, failure.debug_info].filter((text) => text !== undefined);
	const node = nodeOfFields(error) ?? texts.map(nodeOfWords).find((found) => found !== undefined);
	return node ? { ...failure, node } : failure;
}

/** The node that ComfyUI names when a run fails (`execution_error` in execution.py). */
function nodeOfFields(error: JsonObject): FailedNode | undefined {
	const id = asId(error['node_id']);
	const class_type = asString(error['node_type']);
	return id === undefined && class_type === undefined ? undefined : compact({ id, class_type });
}

/** How error texts name a node. The first group is the node's id, the second its class, unless the groups are named. */
const NODE_IN_WORDS: readonly RegExp[] = [
	// ComfyUI's error report: "Node ID: 3", then "Node Type: KSampler", with or without asterisks.
	/\bnode[ _]id\W{0,5}?["'(]?#?(\d+(?::\d+)*)["')]?(?:[^]{0,40}?(?:node|class)[ _]type\W{1,8}(\w+))?/i,
	// "node 56 KSampler …", "Node 38:42 (VAEDecode)", "node #5: …"
	/\bnode\s*(?:[:#]\s*)?["'(]?#?(\d+(?::\d+)*)["')]?(?:\s+\(?(\w+))?/i,
	// ComfyUI's list of invalid inputs: "* KSampler 3:"
	/^[ \t]*\*[ \t]*(?<class>\w+)\s+(?<id>\d+(?::\d+)*):/m,
];

function nodeOfWords(text: string): FailedNode | undefined {
	const found = NODE_IN_WORDS.map((pattern) => pattern.exec(text)).find((match) => match !== null);
	if (!found) return undefined;
	const id = found.groups?.['id'] ?? found[1];
	const word = found.groups?.['class'] ?? found[2];
	return compact({ id, class_type: word && isClassName(word) ? word : undefined });
}

// Matches KSampler and CLIPTextEncode, but not "Value", "CUDA" or "RuntimeError".
function isClassName(word: string): boolean {
	return /^[A-Z]\w*[A-Z]/.test(word) && /[a-z]/.test(word) && !/(Error|Exception)$/.test(word);
}

/** A one-line summary of the first reasons, each with its node. */
export function describeFailures(failures: readonly RunFailure[]): string {
	const lines = failureLines(failures);
	const more = lines.length - MOST_TOLD;
	const text = [...lines.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
	return text ? `The run failed: ${text}` : 'The run failed, and RunComfy gave no reason';
}

const MOST_TOLD = 20;

/** One line for each reason, with its node. */
function failureLines(failures: readonly RunFailure[]): string[] {
	const lines = failures.map((failure) => {
		const { node: at } = failure;
		const said = withoutNode(failure.details ?? failure.error ?? '', at);
		const node = at && nodeOfWords(said)?.id !== at.id ? `node ${nodeName(at)}: ` : '';
		const name = failure.error && failure.error !== said ? `${failure.error}, ` : '';
		return `${node}${name}${said}`.slice(0, 600);
	});
	return lines.filter(Boolean);
}

/** Removes the failed node's name from the start of the text. */
function withoutNode(text: string, node: FailedNode | undefined): string {
	const found = NODE_AT_START.exec(text);
	if (!found || found[1] !== node?.id || found[0].length === text.length) return text;
	return text.slice(found[0].length);
}

const NODE_AT_START = /^node #?(\d+(?::\d+)*)(?: \(?\w+\)?)?[:,]\s*/i;

function nodeName({ id, class_type, title }: FailedNode): string {
	return [id, title && `"${title}"`, class_type].filter(Boolean).join(' ');
}

/** A hint for reasons that this client recognizes, or for those that name a node. */
export function hintFor(failures: readonly RunFailure[]): string | undefined {
	const about = failures.map(({ error, details }) => `${error ?? ''} ${details ?? ''}`).join(' ');
	const loads = failures.some(({ node }) => /Load/.test(node?.class_type ?? ''));
	if (loads && /FileUploadException/i.test(about)) return UNREAD_HINT;
	const known = HINTS.find(([pattern]) => pattern.test(about))?.[1];
	return known ?? (failures.some(({ node }) => node) ? NODE_HINT : undefined);
}

const NODE_HINT = 'Open the named node in ComfyUI and check its inputs and models.';

// If RunComfy cannot read an input file, it also reports a failed upload. Running again does not help then.
const UNREAD_HINT =
	'The file for that node could not be fetched or read. Check that its address is public and that it is of the kind that the node loads.';

const HINTS: ReadonlyArray<readonly [RegExp, string]> = [
	[
		/out ?of ?memory/i,
		'The machine ran out of memory. Lower the size, length or batch size, or give the deployment larger hardware.',
	],
	[
		/FileUploadException/i,
		'RunComfy could not store an output of the run. This usually passes: run it again.',
	],
];

/** Adds to each failure the class and title of its node in the workflow. */
export function nameNodes<T extends { error?: RunFailure[] }>(
	result: T,
	workflow: Record<string, { class_type?: unknown; _meta?: unknown }> | undefined,
): T {
	if (!workflow || !result.error) return result;
	return {
		...result,
		error: result.error.map((failure) => {
			const node = failure.node?.id === undefined ? undefined : workflow[failure.node.id];
			if (!node) return failure;
			const named = compact({
				class_type: asString(node.class_type),
				title: asString(asObject(node._meta)['title']),
			});
			return { ...failure, node: { ...failure.node, ...named } };
		}),
	};
}

/**
 * The ids of the outputs that ComfyUI left out of a run that it accepted. `node_errors` has the errors of each node
 * and, as `dependent_outputs`, the outputs that need the node (`validate_prompt` in execution.py).
 */
export function droppedOutputs(answer: unknown): string[] {
	const outputs = Object.entries(asObject(asObject(answer)['node_errors'])).flatMap(
		([id, about]) => {
			const ids = asList(asObject(about)['dependent_outputs']).flatMap((one) => asId(one) ?? []);
			return ids.length > 0 ? ids : [id];
		},
	);
	return [...new Set(outputs)];
}

/** Warnings about the outputs that ComfyUI left out. */
export function warnOfDropped(answer: unknown): string[] {
	const outputs = droppedOutputs(answer);
	if (outputs.length === 0) return [];
	const reasons = listFew(failureLines(reasonsOfNodes(answer)));
	return [`ComfyUI left out the output of node ${listFew(outputs)}${reasons && `: ${reasons}`}.`];
}
