import { FORM } from '../defaults';
import { arrange, type Described, type WorkflowField } from '../form/fields';
import { isLink, unwrap } from '../form/inputSpec';
import {
	encodesText,
	isOneEncoders,
	isPlainPrompt,
	type PromptRole,
	roleOfName,
	roleOfTitle,
	textPlace,
} from '../form/texts';
import { lettersOf, nameInWords, printable, readAlike } from '../form/words';
import { promptRoles, titleOf, type WorkflowApiJson } from './graph';
import { type NodeInputs, takesInput } from './inputsOf';
import { KnownGraph } from './knownGraph';
import type { ObjectInfo } from './objectInfo';

/**
 * The inputs of a workflow that can be overridden, the likely ones first. Links and inputs that only ComfyUI's
 * editor uses are left out. If `info` does not know an input, its type is inferred from the saved value. Only the
 * first `FORM.nodes` nodes of a workflow are read.
 */
export function describeInputs(workflow: WorkflowApiJson, info: ObjectInfo = {}): WorkflowField[] {
	const graph = new KnownGraph(workflow, info);
	const links = { roles: promptRoles(workflow), fed: fedInputs(workflow) };
	const ids = Object.keys(workflow).slice(0, FORM.nodes).sort(byNumber.compare);
	const inputs = ids.flatMap((id) => describeNode(id, graph, links));
	const prompts = spreadPrompts(inputs.filter(({ text }) => text === 'prompt'));
	const wholes = new Map(prompts.map((parts) => [parts[0], wholeOf(parts)]));
	const parts = new Set(prompts.flat());
	const shown = inputs.flatMap((one) => wholes.get(one) ?? (parts.has(one) ? [] : [one]));
	return arrange(shown, { parts: [...parts] });
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Whether a workflow has too many nodes or inputs for a form to show them all. */
export function isTooLarge(workflow: WorkflowApiJson, listed: readonly WorkflowField[]): boolean {
	return Object.keys(workflow).length > FORM.nodes || listed.length >= FORM.inputs;
}

/** What the links of a workflow say about its nodes, by id. */
interface Links {
	roles: ReadonlyMap<string, PromptRole>;
	/** The name of the first input that a node feeds. */
	fed: ReadonlyMap<string, string>;
}

function fedInputs(workflow: WorkflowApiJson): Map<string, string> {
	const fed = new Map<string, string>();
	for (const { inputs } of Object.values(workflow)) {
		for (const [input, value] of Object.entries(inputs ?? {})) {
			if (isLink(value) && !fed.has(value[0])) fed.set(value[0], input);
		}
	}
	return fed;
}

function describeNode(nodeId: string, graph: KnownGraph, { roles, fed }: Links): Described[] {
	const node = graph.node(nodeId)!;
	const { class_type: classType } = node;
	const title = printable(titleOf(node));
	const authors = authorsTitle(title, [classType, graph.classOf(nodeId)?.displayName]);
	const values = Object.entries(node.inputs ?? {});
	const known = graph.inputsOf(nodeId);
	const inputs = values.filter(([input, saved]) => isToSet(classType, input, saved, known));
	const isAlone = inputs.length === 1;
	const isSource = isAlone && !values.some(([, value]) => isLink(value));
	return inputs.map(([input, saved]) => {
		const { spec } = graph.taken({ nodeId, input })!;
		const holdsValue = isSource && VALUE.test(input);
		const meaning = (holdsValue && fed.get(nodeId)) || input;
		const text = textPlace(classType, meaning, spec);
		const role = roleOfName(meaning) ?? roles.get(nodeId) ?? roleOfTitle(title);
		// If the title contradicts the role that the links show, the links win.
		const own = (roleOfTitle(title) ?? role) === role ? authors : undefined;
		const words = nameInWords(meaning, spec.displayName);
		const isPlain = text === 'prompt' && isPlainPrompt(meaning);
		const isTitled = holdsValue || (isPlain && (isAlone || encodesText(classType)));
		const name = (isTitled && own) || (isPlain && nameOfPrompt(role, classType)) || words;
		const field = { nodeId, input, classType, title, name, spec, saved: unwrap(saved) };
		return { field, meaning, text, role, isAuthors: holdsValue && name === own };
	});
}

function nameOfPrompt(role: PromptRole | undefined, classType: string): string | undefined {
	if (role) return role === 'positive' ? 'Positive prompt' : 'Negative prompt';
	return encodesText(classType) ? 'Prompt' : undefined;
}

/** Whether users set the input: leftovers of earlier versions and what only the editor draws are left out. */
function isToSet(
	classType: string,
	input: string,
	saved: unknown,
	known: NodeInputs | undefined,
): boolean {
	if (isLink(saved) || saved === null) return false;
	if (SHOWS.test(classType) && typeof saved === 'string') return false;
	if (!known) return true;
	const spec = known.inputs.get(input)?.spec;
	if (spec) return !spec.noValue && !spec.hidden;
	return input.includes('.') ? !known.elsewhere.has(input) : takesInput(known, input);
}

/** Nodes that show a text, which then comes from their last run. */
const SHOWS = /^(Show|Display)|\b(show|display)(Text|Any)/i;

/** Names of inputs of nodes that only hold a value for another node, such as a primitive. */
const VALUE = /^(value|string|int|float|number|bool(ean)?)$/i;

/** The letters of titles that say no more than the class, the type or the role of a text. */
const SAYS_NOTHING =
	/textencode|^(primitive)?(prompt|pos|positive|neg|negative|int|integer|float|number|string|text|bool|boolean|value)?(constant|literal|multiline)?$/;

/** The title that the workflow's author gave a node; undefined if it is ComfyUI's own. */
function authorsTitle(title: string, usual: ReadonlyArray<string | undefined>): string | undefined {
	const isUsual = usual.some((one) => one !== undefined && readAlike(one, title));
	return isUsual || SAYS_NOTHING.test(lettersOf(title)) ? undefined : title;
}

/** The most inputs of one prompt. With more, the id of the form field would be too long. */
const MOST_PARTS = 12;

/**
 * Finds the prompts that are one text to a user but several inputs to ComfyUI: the texts of a node with two encoders
 * (SDXL, Flux), and identical texts such as those of a base model and its refiner.
 */
function spreadPrompts(prompts: readonly Described[]): Described[][] {
	const byNode = groupsOf(prompts, ({ field: { nodeId, classType, input }, role }) => {
		return [nodeId, role, isOneEncoders({ classType, input }) ? '' : input];
	});
	const byText = groupsOf(byNode, (group) => {
		const [{ field, role }] = group as [Described];
		const text = String(longestIn(group)).trim();
		return text === '' ? [field.nodeId, role, field.input] : [role, text];
	});
	const spread = byText.map((groups) => groups.flat());
	return spread.filter(({ length }) => length > 1 && length <= MOST_PARTS);
}

function groupsOf<T>(list: readonly T[], keyOf: (one: T) => unknown[]): T[][] {
	const groups = new Map<string, T[]>();
	for (const one of list) {
		const key = JSON.stringify(keyOf(one));
		const group = groups.get(key);
		if (group) group.push(one);
		else groups.set(key, [one]);
	}
	return [...groups.values()];
}

/** The field that sets all inputs of a prompt. */
function wholeOf(parts: readonly Described[]): Described {
	const [first, ...others] = parts as [Described, ...Described[]];
	const also = others.map(({ field: { nodeId, input } }) => ({ nodeId, input }));
	return { ...first, field: { ...first.field, saved: longestIn(parts), also } };
}

/** The longest text, which shows the prompt best: the text for the smaller encoder may be just a few words. */
function longestIn(parts: readonly Described[]): unknown {
	const texts = parts.map(({ field: { saved } }) => String(saved).trim());
	const lengths = texts.map(({ length }) => length);
	return parts[lengths.indexOf(Math.max(...lengths))]?.field.saved;
}
