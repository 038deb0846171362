import {
	nodeOf,
	type PromptRole,
	titleOf,
	type WorkflowApiJson,
	type WorkflowNode,
} from '../graph';
import type { InputSpec } from '../inputSpec';
import { authorsTitle, type Constant, saysNothing } from './constants';
import type { Ranked } from './rank';
import {
	encodesText,
	isOfRow,
	isPlainPrompt,
	lastPart,
	namesEncoder,
	roleOfTitle,
	textPlace,
} from './texts';
import { inWords, printable, readAlike } from './words';

interface Named extends Ranked {
	workflow: WorkflowApiJson;
	node: WorkflowNode;
	/** Which of a sampler's prompts the node feeds. */
	feeds: PromptRole | undefined;
	/** What ComfyUI calls the class, if it is known. */
	classTitle: string | undefined;
	alone: boolean;
}

/** The fields of `WorkflowField`; `owner` is empty if the title says nothing. */
interface Name {
	name: string;
	owner: string;
}

/** The author's title of a prompt or a constant, or else the input's own name in words. */
export function nameInput(field: Named): Name {
	const { node, input, spec, saved, role, constant, title: owner } = field;
	if (constant) return nameConstant(field, constant);
	if (textPlace(node.class_type, input, spec, saved) !== 'prompt') {
		return { name: plainName(input, spec), owner: ownerOf(field) };
	}
	const own = titleOfPrompt(field);
	const title = isPlainPrompt(input) ? own : undefined;
	const known = role ?? roleOfTitle(owner);
	// "CLIP Text Encode" only says that it is a prompt.
	const usual = own === undefined && encodesText(node.class_type);
	return { name: nameOfPrompt({ ...field, title, role: known }), owner: usual ? '' : owner };
}

const PROMPTS = { positive: 'Positive prompt', negative: 'Negative prompt' };

/** A node that only encodes a prompt is called by the name of the prompt. */
function ownerOf(field: Named): string {
	const { node, feeds, title } = field;
	const usual = encodesText(node.class_type) && titleOfPrompt(field) === undefined;
	return usual && feeds ? PROMPTS[feeds] : title;
}

function nameConstant(field: Named, constant: Constant): Name {
	const { workflow, node, saved, spec, role, classTitle } = field;
	const { feeds, tag = '' } = constant;
	const given = authorsTitle(node, constant, classTitle);
	const title = given === undefined ? undefined : printable(given.replace(TAG, '')) || inWords(tag);
	const target = feeds && nodeOf(workflow, feeds.nodeId);
	const owner = printable(titleOf(title === undefined && target ? target : node));
	const input = feeds && !NO_NAME.test(feeds.input) ? feeds.input : constant.input;
	if (typeof saved === 'string' && spec.kind === 'string') {
		return { name: nameOfPrompt({ node, input, spec: {}, role, title }), owner };
	}
	return { name: title ?? plainName(input), owner };
}

const TAG = /\(input(?::[^()]*)?\)/i;

/** Inputs that take anything, so that their names say nothing. */
const NO_NAME = /^([a-z]|any.*|value.*|inputs?(_.*)?|source|data|on_.*)$/i;

type Prompt = Pick<Named, 'node' | 'input'> & {
	spec: Pick<InputSpec, 'displayName'>;
	role: PromptRole | undefined;
	title: string | undefined;
};

function nameOfPrompt({ node, input, spec, role, title }: Prompt): string {
	const titleRole = title === undefined ? undefined : roleOfTitle(title);
	// What it is wired to counts more than its title.
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

/** What the author calls a prompt; undefined if it is what ComfyUI calls every node of the class. */
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

/** The name of an input in words; the last part of `model.width`, but all of `captions.0.start`. */
function plainName(input: string, { displayName }: Pick<InputSpec, 'displayName'> = {}): string {
	const own = displayName ?? (isOfRow(input) ? '' : lastPart(input));
	return inWords(own) || wholeName(input);
}

export function wholeName(input: string): string {
	return inWords(input.replaceAll('.', ' ')) || printable(input) || 'Input';
}
