import {
	isLink,
	type PromptRole,
	promptRoles,
	titleOf,
	type WorkflowApiJson,
	type WorkflowNode,
} from '../graph';
import type { NodeInputs } from '../inputsOf';
import { type InputSpec, unwrap } from '../inputSpec';
import { classOf, nodeInputs, specIn } from '../node';
import type { ObjectInfo } from '../objectInfo';
import { type Constant, constantOf, feedsOf, titleOfConstant } from './constants';
import { isOfEditor } from './editorOnly';
import { type Name, nameInput, wholeName } from './names';
import { placeInNode, rankOf, REST, SHOWN_BELOW } from './rank';
import { namesPrompt, roleOfName, textPlace } from './texts';
import { printable } from './words';

/** One input of a workflow that a run may override. */
export interface WorkflowField {
	nodeId: string;
	input: string;
	classType: string;
	/** The node's title in ComfyUI, or its class type; of a value without a title, where it goes. */
	title: string;
	/** What people call the input: "Negative prompt", "Steps". Other nodes may have one of that name. */
	name: string;
	/** The title of the node that tells them apart; of a value without a title, of the node it goes to. */
	owner: string;
	/** Which of a sampler's prompts the node feeds. */
	role?: PromptRole;
	spec: InputSpec;
	/** What the deployment uses when it is not overridden. */
	saved: unknown;
	/** Whether most flows set it: a form shows it from the start. */
	likely: boolean;
}

/** Of more inputs with the same name, these many come before the rest. */
const MOST_OF_A_KIND = 4;

/** Inputs that a form shows from the start. */
const MOST_SHOWN = 24;

/** An author's values beyond these many leave room for the seed. */
const MOST_AUTHORED = 12;

/**
 * The overridable inputs of a workflow, the likely ones first. Links between nodes are left out, and
 * what only ComfyUI's editor uses. If `info` does not know an input, its type is read off the saved
 * value.
 */
export function describeInputs(workflow: WorkflowApiJson, info: ObjectInfo = {}): WorkflowField[] {
	const roles = promptRoles(workflow);
	const feeds = feedsOf(workflow);
	const ranked = Object.entries(workflow).flatMap(([nodeId, node]) => {
		const constant = constantOf(node, feeds.get(nodeId));
		const title = printable(constant ? titleOfConstant(workflow, node, constant) : titleOf(node));
		const known = nodeInputs(node, info);
		const role = roles.get(nodeId);
		const classTitle = classOf(workflow, info, nodeId)?.displayName;
		const inputs = inputsToSet(node, known);
		const fields = inputs.map((input) => {
			const own = constant?.input === input ? constant : undefined;
			const spec = specIn({ node, inputs: known }, input);
			const field = describe(node, input, spec, own, role);
			const alone = inputs.length === 1;
			const named = nameInput({ workflow, node, title, ...field, feeds: role, classTitle, alone });
			return { nodeId, title, ...named, ...field, rank: rankOf({ title, ...field }) };
		});
		return tellApart(fields);
	});
	const order = orderOf(Object.keys(workflow));
	ranked.sort(
		(a, b) =>
			a.rank - b.rank ||
			order(a.nodeId) - order(b.nodeId) ||
			placeInNode(a.input) - placeInNode(b.input),
	);
	return inGroups(ranked);
}

/** The inputs of one node, those of the same name with their own names, too. */
function tellApart<Field extends { name: string; input: string }>(fields: Field[]): Field[] {
	const counts = new Map<string, number>();
	for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
	return fields.map((field) => {
		const { name, input } = field;
		if (counts.get(name) === 1) return field;
		const whole = input.includes('.') ? wholeName(input) : `${name} (${printable(input)})`;
		return { ...field, name: whole };
	});
}

function inputsToSet(node: WorkflowNode, known: NodeInputs | undefined): string[] {
	return Object.entries(node.inputs ?? {})
		.filter(([input, saved]) => !isLink(saved) && saved !== null && !isOfEditor(node, input, known))
		.map(([input]) => input);
}

interface Described extends Omit<WorkflowField, 'nodeId' | 'title' | 'name' | 'owner' | 'likely'> {
	constant?: Constant;
}

function describe(
	node: WorkflowNode,
	input: string,
	spec: InputSpec,
	constant: Constant | undefined,
	linked: PromptRole | undefined,
): Described {
	const saved = unwrap(node.inputs[input]);
	const role = isPrompt(node, input, spec, constant)
		? (roleOfName(input) ?? linked ?? roleOfName(constant?.feeds?.input ?? ''))
		: undefined;
	return {
		input,
		classType: node.class_type,
		...(role ? { role } : {}),
		spec,
		saved,
		...(constant ? { constant } : {}),
	};
}

function isPrompt(
	node: WorkflowNode,
	input: string,
	spec: InputSpec,
	constant: Constant | undefined,
): boolean {
	const saved = unwrap(node.inputs[input]);
	if (typeof saved !== 'string') return false;
	if (constant || namesPrompt(input)) return true;
	return textPlace(node.class_type, input, spec, saved) === 'prompt';
}

type RankedField = Name & Described & { nodeId: string; title: string; rank: number };

function inGroups(ranked: readonly RankedField[]): WorkflowField[] {
	const counts = new Map<string, number>();
	const count = (kind: string) => {
		const next = (counts.get(kind) ?? 0) + 1;
		counts.set(kind, next);
		return next;
	};
	let shown = 0;
	const placed = ranked.map(({ rank, constant, ...field }) => {
		const crowded = constant
			? count('constant') > MOST_AUTHORED
			: count(`${field.input} ${field.role ?? ''}`) > MOST_OF_A_KIND;
		const likely = rank < SHOWN_BELOW && !crowded && shown < MOST_SHOWN;
		if (likely) shown += 1;
		return { field: { ...field, likely }, last: !likely && crowded && rank < REST };
	});
	// A hundred texts must not stand before the one sampler.
	return [...placed.filter(({ last }) => !last), ...placed.filter(({ last }) => last)].map(
		({ field }) => field,
	);
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** The place of each id; compared once an id, since a node has many inputs. */
function orderOf(ids: readonly string[]): (id: string) => number {
	const sorted = [...ids].sort(byNumber.compare);
	const places = new Map(sorted.map((id, place) => [id, place]));
	return (id) => places.get(id) ?? 0;
}
