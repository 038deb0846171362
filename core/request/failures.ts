import { ANSWER_BYTES } from '../defaults';
import { redact } from '../errors';
import {
	asId,
	asList,
	asNumber,
	asObject,
	asText,
	compact,
	isObject,
	type JsonObject,
	tried,
} from '../json/objects';
import { tooMuch } from '../json/scan';
import { listFew, shorten } from '../text';

/** One reason of a failed run, in the service's own words. */
export interface RunFailure {
	/** Name such as `OutOfMemory`. */
	error?: string;
	/** What happened, for people. */
	details?: string;
	/** Where it happened, often a stack trace. */
	debug_info?: string;
	error_code?: number;
	/** The ComfyUI node at fault, as far as the answer names it. */
	node?: FailedNode;
}

interface FailedNode {
	id?: string;
	class_type?: string;
	title?: string;
}

/**
 * The reasons of a failed result's `error`: seen as a list of objects, one object, a text and, for a model, a text
 * that holds JSON; also in ComfyUI's own forms (`node_id`, `node_errors`).
 */
export function readFailures(error: unknown): RunFailure[] {
	const reasons: Array<() => RunFailure> = [];
	collectReasons(error, reasons);
	return firstReasons(reasons);
}

/** Reasons of one failure that are read: a host stores each. */
const MOST_REASONS = 100;

/** A reason, read only if it is one of the first. */
type Reason = () => RunFailure;

function firstReasons(reasons: readonly Reason[]): RunFailure[] {
	const more = reasons.length - MOST_REASONS;
	const first = reasons.slice(0, MOST_REASONS).map((read) => read());
	return more > 0 ? [...first, { details: `and ${more.toLocaleString('en')} more errors` }] : first;
}

function collectReasons(error: unknown, into: Reason[]): void {
	if (error === undefined || error === null || error === '') return;
	if (Array.isArray(error)) return error.forEach((one) => collectReasons(one, into));
	const object = isObject(error) ? error : parseInner(String(error));
	if (!isObject(object)) return void into.push(() => withNode({ details: shown(String(error)) }));
	if (Array.isArray(object['errors'])) return collectReasons(object['errors'], into);
	const ofNodes = reasonsOfNodes(object);
	if (ofNodes.length === 0) return void into.push(() => withNode(readFields(object), object));
	for (const one of ofNodes) into.push(one);
}

/** What ComfyUI says of each node of a graph that it refuses; its `error` may say nothing. */
function reasonsOfNodes(error: unknown): Reason[] {
	return Object.entries(asObject(asObject(error)['node_errors'])).flatMap(([id, of]) => {
		const { errors, class_type } = asObject(of);
		return asList(errors)
			.filter(isObject)
			.flatMap((one) => {
				const said = ['message', 'details'].flatMap((key) => asText(one[key]) ?? []);
				if (said.length === 0) return [];
				const node = compact({ id, class_type: asText(class_type) });
				return () => compact({ error: asText(one['type']), details: shown(said.join(': ')), node });
			});
	});
}

/** Characters of one text of a failure. Some are stack traces. */
const LONGEST = 50_000;

function shown(text: string): string {
	return redact(shorten(text, LONGEST));
}

function readFields(error: JsonObject): RunFailure {
	const name = firstText(error, ['error', 'type', 'exception_type']);
	// ComfyUI's answer to a graph it cannot queue: {error: {type, message, details}, node_errors}.
	const inner = asObject(error['error']);
	return compact({
		error: name ?? firstText(inner, ['type']),
		details:
			firstText(error, ['details', 'message', 'exception_message']) ??
			firstText(inner, ['message', 'details']),
		debug_info: firstText(error, ['debugInfo']),
		error_code: asNumber(error['errorCode']) ?? asNumber(error['code']),
	});
}

function firstText(object: JsonObject, keys: readonly string[]): string | undefined {
	const found = keys.map((key) => asText(object[key])).find((text) => text !== undefined);
	return found === undefined ? undefined : shown(found);
}

function parseInner(text: string): unknown {
	if (!text.startsWith('{') || tooMuch(text, ANSWER_BYTES.result) !== undefined) return undefined;
	return tried(() => JSON.parse(text) as unknown);
}

/** Adds the node at fault: from the fields, or from the words. */
function withNode(failure: RunFailure, error: JsonObject = {}): RunFailure {
	const texts = [failure.details, failure.debug_info].filter((text) => text !== undefined);
	const node = nodeOfFields(error) ?? texts.map(nodeOfWords).find((found) => found !== undefined);
	return node ? { ...failure, node } : failure;
}

/** What ComfyUI says about a run that failed (`execution_error` in execution.py). */
function nodeOfFields(error: JsonObject): FailedNode | undefined {
	const id = asId(error['node_id']);
	const class_type = asText(error['node_type']);
	return id === undefined && class_type === undefined ? undefined : compact({ id, class_type });
}

/** How texts name a node; the first group is the id, the second, if any, its class. */
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
	return compact({ id, class_type: word && looksLikeClass(word) ? word : undefined });
}

// KSampler and CLIPTextEncode, not "Value", "CUDA" or "RuntimeError".
function looksLikeClass(word: string): boolean {
	return /^[A-Z]\w*[A-Z]/.test(word) && /[a-z]/.test(word) && !/(Error|Exception)$/.test(word);
}

/** One line for people: every reason, with its node. */
export function describeFailures(failures: readonly RunFailure[]): string {
	const lines = failureLines(failures);
	const more = lines.length - MOST_TOLD;
	const text = [...lines.slice(0, MOST_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
	return text ? `The run failed: ${text}` : 'The run failed, and RunComfy gave no reason';
}

const MOST_TOLD = 20;

/** Each reason, with its node. */
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

/** A text without the node at fault, if it begins with its name. */
function withoutNode(text: string, node: FailedNode | undefined): string {
	const found = NODE_AT_START.exec(text);
	if (!found || found[1] !== node?.id || found[0].length === text.length) return text;
	return text.slice(found[0].length);
}

const NODE_AT_START = /^node #?(\d+(?::\d+)*)(?: \(?\w+\)?)?[:,]\s*/i;

function nodeName({ id, class_type, title }: FailedNode): string {
	return [id, title && `"${title}"`, class_type].filter(Boolean).join(' ');
}

/** How to get unstuck, if the reason says more than that a node failed. */
export function hintFor(failures: readonly RunFailure[]): string | undefined {
	const about = failures.map(({ error, details }) => `${error ?? ''} ${details ?? ''}`).join(' ');
	const loads = failures.some(({ node }) => /Load/.test(node?.class_type ?? ''));
	if (loads && /FileUploadException/i.test(about)) return UNREAD_HINT;
	return HINTS.find(([pattern]) => pattern.test(about))?.[1];
}

// RunComfy also calls an input that it could not read a failed upload, and that does not pass by itself.
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

/** Adds the class and title of its node in the workflow to each failure. */
export function nameNodes<T extends { error?: RunFailure[] }>(
	result: T,
	workflow: Record<string, { class_type?: unknown; _meta?: unknown }> | undefined,
): T {
	if (!workflow || !result.error) return result;
	return {
		...result,
		error: result.error.map((failure) => {
			const known = failure.node?.id === undefined ? undefined : workflow[failure.node.id];
			if (!known) return failure;
			const named = compact({
				class_type: asText(known.class_type),
				title: asText(asObject(known._meta)['title']),
			});
			return { ...failure, node: { ...failure.node, ...named } };
		}),
	};
}

/**
 * The outputs that ComfyUI left out of a run that it took: `node_errors` has what is wrong with a node and, as
 * `dependent_outputs`, which outputs need it (`validate_prompt` in execution.py).
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

/** Warns of the outputs that ComfyUI left out. */
export function warnOfDropped(answer: unknown): string[] {
	const outputs = droppedOutputs(answer);
	if (outputs.length === 0) return [];
	const reasons = listFew(failureLines(firstReasons(reasonsOfNodes(answer))));
	return [`ComfyUI left out the output of node ${listFew(outputs)}${reasons && `: ${reasons}`}.`];
}
