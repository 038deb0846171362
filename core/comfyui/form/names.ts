import type { InputSpec } from '../../form/inputSpec';
import { type PromptRole } from '../../form/texts';
import {
	encodesText,
	isOfRow,
	isPlainPrompt,
	lastPart,
	namesEncoder,
	roleOfTitle,
	textPlace,
} from '../../form/texts';
import { inWords, printable, readAlike } from '../../form/words';
import { nodeOf, titleOf, type WorkflowApiJson, type WorkflowNode } from '../graph';
import { authorsTitle, type Constant, saysNothing } from './constants';
import type { Ranked } from './rank';

interface Named extends Ranked {
	workflow: WorkflowApiJson;
	node: WorkflowNode;
	/** Whether the node feeds a sampler's positive or negative prompt. */
	feeds: PromptRole | undefined;
	/** The title that ComfyUI shows for the class, if known. */
	classTitle: string | undefined;
	alone: boolean;
}

/**
 * The fields `name` and `owner` of `WorkflowField`. `owner` is empty if the node's title says nothing about the
 * input.
 */
interface Name {
	name: string;
	owner: string;
}

/** Names an input: the author's title for a prompt or a constant, otherwise the input's own name in words. */
export function nameInput(field: Named): Name {
	const { node, input, spec, saved, role, constant, title: owner } = field;
	if (constant) return nameConstant(field, constant);
	if (textPlace(node.class_type, input, spec, saved) !== 'prompt') {
		return { name: plainName(input, spec), owner: ownerOf(field) };
	}
	const own = titleOfPrompt(field);
	const title = isPlainPrompt(input) ? own : undefined;
	const promptRole = role ?? roleOfTitle(owner);
	// A title such as "CLIP Text Encode" says no more than that the input is a prompt.
	const usual = own === undefined && encodesText(node.class_type);
	return { name: nameOfPrompt({ ...field, title, role: promptRole }), owner: usual ? '' : owner };
}

const PROMPTS = { positive: 'Positive prompt', negative: 'Negative prompt' };

/** An untitled node that only encodes a prompt goes by the name of that prompt. */
function ownerOf(field: Named): string {
	const { node, feeds, title } = field;
	const usual = encodesText(node.class_type) && titleOfPrompt(field) === undefined;
	return usual && feeds ? PROMPTS[feeds] : title;
}

function nameConstant(field: Named, constant: Constant): Name {
	const { workflow, node, saved, spec, role, classTitle } = field;
	const { feeds, tag = '' } = constant;
	const own = authorsTitle(node, constant, classTitle);
	const title = own === undefined ? undefined : printable(own.replace(TAG, '')) || inWords(tag);
	const target = feeds && nodeOf(workflow, feeds.nodeId);
	const owner = printable(titleOf(title === undefined && target ? target : node));
	const input = feeds && !NO_NAME.test(feeds.input) ? feeds.input : constant.input;
	if (typeof saved === 'string' && spec.kind === 'string') {
		return { name: nameOfPrompt({ node, input, spec: {}, role, title }), owner };
	}
	return { name: title ?? plainName(input), owner };
}

const TAG = /\(input(?::[^()]*)?\)/i;

/** Names that say nothing, because such inputs take any value. */
const NO_NAME = /^([a-z]|any.*|value.*|inputs?(_.*)?|source|data|on_.*)$/i;

type Prompt = Pick<Named, 'node' | 'input'> & {
	spec: Pick<InputSpec, 'displayName'>;
	role: PromptRole | undefined;
	title: string | undefined;
};

function nameOfPrompt({ node, input, spec, role, title }: Prompt): string {
	const titleRole = title === undefined ? undefined : roleOfTitle(title);
	// If the title contradicts the role that the links show, the links win.
	if (title !== undefined && (titleRole ?? role) === (role ?? titleRole)) {
		return role === 'negative' && titleRole === undefined ? `${title} (negative)` : title;
	}
	const plain = isPlainPrompt(input);
	if (plain && role) return PROMPTS[role];
	if (plain && (namesEncoder(input) || encodesText(node.class_type))) return 'Prompt';
	const name = plainName(input, spec);
	if (role !== 'negative' || /negative/i.test(name)) return name;
	return `Negative ${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

/** The author's title for a prompt; undefined if the title is ComfyUI's default for the class. */
function titleOfPrompt({ node, title: own, classTitle, alone }: Named): string | undefined {
	const type = node.class_type;
	const inBrackets = /^CLIP Text Encode \((.+)\)$/.exec(own)?.[1];
	if (type === 'CLIPTextEncode' && inBrackets)
		return ONLY_ROLE.test(inBrackets) ? undefined : inBrackets;
	const usual = own === classTitle || readAlike(own, type) || saysNothing(own);
	if (usual || ONLY_ROLE.test(own) || /text ?encode|condition/i.test(own)) return undefined;
	return alone || /encode/i.test(type) ? own : undefined;
}

const ONLY_ROLE = /^(prompt|pos|positive|neg|negative)$/i;

/** The name of an input in words: only the last part of `model.width`, but all parts of `captions.0.start`. */
function plainName(input: string, { displayName }: Pick<InputSpec, 'displayName'> = {}): string {
	const own = displayName ?? (isOfRow(input) ? '' : lastPart(input));
	return inWords(own) || wholeName(input);
}

export function wholeName(input: string): string {
	return inWords(input.replaceAll('.', ' ')) || printable(input) || 'Input';
}
