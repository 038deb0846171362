import { type InputRef, isLink } from '../../form/inputSpec';
import { readAlike } from '../../form/words';
import { asString } from '../../json/objects';
import { nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from '../graph';

/** A value that the workflow's author put into a separate node for users to set, such as a primitive node. */
export interface Constant {
	input: string;
	/** The role that the author gave the value in the title: `prompt` for "(input:prompt)". */
	tag?: string;
	/** The input that the node feeds; the first one if there are several. */
	feeds?: InputRef;
}

/**
 * Classes that only hold a value: ComfyUI's own, and those of node packs such as KJNodes ("INTConstant") and
 * comfy-pack ("CPackInputInt").
 */
const CLASSES = /^Primitive|Constant$|ConstantMultiline$|Literal$|^CPackInput/;

const INPUTS = /^(value|default_value|string|text|int|float|number|bool(ean)?)$/i;

/** Inputs that describe the value in ComfyUI Deploy's "External …" nodes and similar ones. */
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
		const preset = values.find(([input]) => input.startsWith('default_value'));
		if (preset) return preset;
	}
	const [only] = values.filter(([input]) => INPUTS.test(input));
	if (only && CLASSES.test(classType)) return only;
	return inputs.length === 1 && feeds && !/encode/i.test(classType) ? only : undefined;
}

/**
 * The role in a title such as "Main Prompt (Input:prompt)", which marks a value that apps may set; "" if the mark
 * names no role.
 */
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

/** Titles that only name the type of the value, such as "String (Multiline)". */
const SAYS_NOTHING =
	/^(primitive)?[\s_-]*(?:(int|integer|float|number|string|text|bool|boolean|value)[\s_-]*)?(constant|literal|\(multiline\)|multiline)?$/i;

export function saysNothing(title: string): boolean {
	return SAYS_NOTHING.test(title);
}

/** The author's name for a constant; undefined if the title only names the type of the value. */
export function authorsTitle(
	node: WorkflowNode,
	{ input }: Pick<Constant, 'input'>,
	/** The title that ComfyUI shows for the class, if known. */
	classTitle?: string,
): string | undefined {
	const own = titleOf(node);
	const inputs = node.inputs ?? {};
	const [name] = ['display_name', 'input_id', 'param_name'].flatMap(
		(word) => asString(inputs[word]) || [],
	);
	if (name !== undefined && input.startsWith('default_value')) return name;
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
