import { asText } from '../../json/objects';
import { isLink, nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from '../graph';
import { readAlike } from './words';

/** An input of a node. */
export interface InputRef {
	nodeId: string;
	input: string;
}

/** A value that the author of a workflow put into a node of its own, for people to set. */
export interface Constant {
	input: string;
	/** What the author says it is: `prompt` of "(input:prompt)". */
	tag?: string;
	/** The input that it feeds, the first of several. */
	feeds?: InputRef;
}

/** Classes of ComfyUI itself, and of node packs such as KJNodes ("INTConstant") and comfy-pack ("CPackInputInt"). */
const CLASSES = /^Primitive|Constant$|ConstantMultiline$|Literal$|^CPackInput/;

const INPUTS = /^(value|default_value|string|text|int|float|number|bool(ean)?)$/i;

/** Words that ComfyUI Deploy's "External …" nodes and their kin hold beside the value. */
const WORDS = ['input_id', 'param_name', 'display_name', 'description'];

export function constantOf(node: WorkflowNode, feeds: InputRef | undefined): Constant | undefined {
	const inputs = Object.entries(node.inputs ?? {});
	const values = inputs.filter(([, value]) => !isLink(value) && value !== null);
	const tag = tagOf(titleOf(node));
	const [held] =
		chosen(node.class_type, inputs, values, feeds) ?? (tag === undefined ? [] : (values[0] ?? []));
	if (held === undefined) return undefined;
	return { input: held, ...(tag === undefined ? {} : { tag }), ...(feeds ? { feeds } : {}) };
}

type Entries = Array<[string, unknown]>;

function chosen(
	classType: string,
	inputs: Entries,
	values: Entries,
	feeds: InputRef | undefined,
): [string, unknown] | undefined {
	if (inputs.some(([input]) => WORDS.includes(input))) {
		const given = values.find(([input]) => input.startsWith('default_value'));
		if (given) return given;
	}
	const [only] = values.filter(([input]) => INPUTS.test(input));
	if (only && CLASSES.test(classType)) return only;
	return inputs.length === 1 && feeds && !/encode/i.test(classType) ? only : undefined;
}

/** "Main Prompt (Input:prompt)": how titles mark what an app may set; "" if they name no role. */
function tagOf(title: string): string | undefined {
	const found = /\(input(?::([^()]*))?\)/i.exec(title);
	return found ? (found[1] ?? '').trim().toLowerCase() : undefined;
}

export function feedsOf(workflow: WorkflowApiJson): Map<string, InputRef> {
	const feeds = new Map<string, InputRef>();
	for (const [nodeId, node] of Object.entries(workflow)) {
		for (const [input, value] of Object.entries(node.inputs ?? {})) {
			if (isLink(value) && !feeds.has(value[0])) feeds.set(value[0], { nodeId, input });
		}
	}
	return feeds;
}

/** Titles that name only the kind of value. */
const SAYS_NOTHING =
	/^(primitive)?[\s_-]*(?:(int|integer|float|number|string|text|bool|boolean|value)[\s_-]*)?(constant|literal|\(multiline\)|multiline)?$/i;

export function saysNothing(title: string): boolean {
	return SAYS_NOTHING.test(title);
}

/** What the author calls a constant; undefined if the title only says its kind. */
export function authorsTitle(
	node: WorkflowNode,
	{ input }: Pick<Constant, 'input'>,
	/** What ComfyUI calls the class, if it is known. */
	classTitle?: string,
): string | undefined {
	const own = titleOf(node);
	const inputs = node.inputs ?? {};
	const [given] = ['display_name', 'input_id', 'param_name'].flatMap(
		(word) => asText(inputs[word]) || [],
	);
	if (given !== undefined && input.startsWith('default_value')) return given;
	const usual = own === classTitle || readAlike(own, node.class_type) || saysNothing(own);
	return usual ? undefined : own;
}

export function titleOfConstant(
	workflow: WorkflowApiJson,
	node: WorkflowNode,
	constant: Constant,
): string {
	const title = authorsTitle(node, constant);
	if (title !== undefined) return title;
	const own = titleOf(node);
	const { feeds } = constant;
	const target = feeds && nodeOf(workflow, feeds.nodeId);
	return feeds && target ? `${own} for ${feeds.input} of ${titleOf(target)}` : own;
}
