import { FORM } from '../../defaults';
import type { InputRef } from '../../form/inputSpec';
import { isLink } from '../../form/inputSpec';
import { type InputSpec, MEDIA_INPUTS, unwrap } from '../../form/inputSpec';
import { withinLimits } from '../../form/limits';
import { type PromptRole } from '../../form/texts';
import { namesPrompt, roleOfName, textPlace } from '../../form/texts';
import { printable } from '../../form/words';
import { promptRoles, titleOf, type WorkflowApiJson, type WorkflowNode } from '../graph';
import { type NodeInputs, takesInput } from '../inputsOf';
import { KnownGraph } from '../knownGraph';
import type { ObjectInfo } from '../objectInfo';
import { type Constant, constantOf, feedsOf, titleOfConstant } from './constants';
import { nameInput, wholeName } from './names';
import { placeInNode, PROMPTS_BELOW, rankOf, REST, SHOWN_BELOW } from './rank';
import { longestIn, sameTexts } from './sameTexts';

/** An input of a workflow, as a form shows it. */
export interface WorkflowField {
	nodeId: string;
	input: string;
	/**
	 * Further inputs that get the same value, because users think of them as one prompt. Each also has its own
	 * field.
	 */
	also?: readonly InputRef[];
	classType: string;
	/**
	 * The node's title in ComfyUI, or its class type. For a constant without a title, also says which input the
	 * constant feeds.
	 */
	title: string;
	/** The input's label, such as "Negative prompt" or "Steps". Inputs of other nodes may have the same name. */
	name: string;
	/** The node's title, to tell inputs with the same name apart; for an untitled node, what the node feeds. */
	owner: string;
	/** Whether the node feeds a sampler's positive or negative prompt. */
	role?: PromptRole;
	spec: InputSpec;
	/** The deployment's own value, used unless it is overridden. */
	saved: unknown;
	/** Whether a hosted model requires the input. */
	required?: boolean;
	/** Whether most flows set the input, so that a form shows it right away. */
	likely: boolean;
}

const MOST_OF_A_KIND = 4;

const MOST_SHOWN = 24;

/** Limit on the constants that are shown right away, which leaves room for inputs such as the seed. */
const MOST_AUTHORED = 12;

/**
 * The inputs of a workflow that can be overridden, the likely ones first. Links and inputs that only ComfyUI's
 * editor uses are left out. If `info` does not know an input, its type is inferred from the saved value. Only the
 * first `FORM.nodes` nodes of a workflow are read.
 */
export function describeInputs(workflow: WorkflowApiJson, info: ObjectInfo = {}): WorkflowField[] {
	const graph = new KnownGraph(workflow, info);
	const roles = promptRoles(workflow);
	const feeds = feedsOf(workflow);
	const ids = Object.keys(workflow);
	const ranked = ids.slice(0, FORM.nodes).flatMap((nodeId) => {
		const node = workflow[nodeId]!;
		const constant = constantOf(node, feeds.get(nodeId));
		const title = printable(constant ? titleOfConstant(workflow, node, constant) : titleOf(node));
		const known = graph.inputsOf(nodeId);
		const linked = roles.get(nodeId);
		const classTitle = graph.classOf(nodeId)?.displayName;
		const inputs = inputsToSet(node, known);
		const fields = inputs.map((input) => {
			const own = constant?.input === input ? { constant } : {};
			const { spec } = graph.taken({ nodeId, input })!;
			const saved = unwrap(node.inputs[input]);
			const role = isPrompt(node.class_type, input, spec, saved, constant)
				? (roleOfName(input) ?? linked ?? roleOfName(own.constant?.feeds?.input ?? ''))
				: undefined;
			const what = { input, classType: node.class_type, title, spec, saved };
			const field = { ...what, ...(role ? { role } : {}), ...own };
			const alone = inputs.length === 1;
			const name = nameInput({ workflow, node, ...field, feeds: linked, classTitle, alone });
			return { nodeId, ...name, ...field, rank: rankOf(field) };
		});
		return tellApart(fields);
	});
	const order = orderOf(ids);
	const inOrder = (a: RankedField, b: RankedField) =>
		a.rank - b.rank ||
		order(a.nodeId) - order(b.nodeId) ||
		placeInNode(a.input) - placeInNode(b.input);
	const sorted = withWholePrompts(ranked.sort(inOrder)).sort(inOrder);
	return withinLimits(inGroups(sorted));
}

/**
 * Adds one field for each prompt that is spread over several inputs, and moves the fields of these inputs to the
 * end.
 */
function withWholePrompts(fields: readonly RankedField[]): RankedField[] {
	const prompts = fields.filter(({ rank, saved }) => {
		return rank < PROMPTS_BELOW && typeof saved === 'string';
	});
	const groups = sameTexts(prompts);
	const parts = new Set(groups.flat());
	const wholes = groups.map((group): RankedField => {
		const [first, ...others] = group as [RankedField, ...RankedField[]];
		const also = others.map(({ nodeId, input }) => ({ nodeId, input }));
		return { ...first, name: first.plain ?? first.name, saved: longestIn(group), also };
	});
	return [
		...wholes,
		...fields.map((field) => (parts.has(field) ? { ...field, rank: REST } : field)),
	];
}

/** Whether a workflow has too many nodes or inputs for a form to show them all. */
export function isTooLarge(workflow: WorkflowApiJson, listed: readonly WorkflowField[]): boolean {
	return Object.keys(workflow).length > FORM.nodes || listed.length >= FORM.inputs;
}

/** Adds the input's technical name to a label that several fields of a node share. */
function tellApart<Field extends { name: string; input: string }>(
	fields: Field[],
): Array<Field & { plain?: string }> {
	const counts = new Map<string, number>();
	for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
	return fields.map((field) => {
		const { name, input } = field;
		if (counts.get(name) === 1) return field;
		const whole = input.includes('.') ? wholeName(input) : `${name} (${printable(input)})`;
		return { ...field, name: whole, plain: name };
	});
}

function inputsToSet(node: WorkflowNode, known: NodeInputs | undefined): string[] {
	return Object.entries(node.inputs ?? {})
		.filter(([input, saved]) => !isLink(saved) && saved !== null && !isOfEditor(node, input, known))
		.map(([input]) => input);
}

function isPrompt(
	classType: string,
	input: string,
	spec: InputSpec,
	saved: unknown,
	constant: Constant | undefined,
): boolean {
	if (typeof saved !== 'string') return false;
	if (constant?.input === input || namesPrompt(input)) return true;
	return textPlace(classType, input, spec, saved) === 'prompt';
}

type RankedField = Omit<WorkflowField, 'likely'> & {
	constant?: Constant;
	rank: number;
	/** The field's name before `tellApart` extended it. */
	plain?: string;
};

function inGroups(ranked: readonly RankedField[]): WorkflowField[] {
	const counts = new Map<string, number>();
	const count = (kind: string) => {
		const next = (counts.get(kind) ?? 0) + 1;
		counts.set(kind, next);
		return next;
	};
	let shown = 0;
	const placed = ranked.map((field) => {
		const { rank, constant, input, role = '' } = field;
		const crowded = constant
			? count('constant') > MOST_AUTHORED
			: count(`${input} ${role}`) > MOST_OF_A_KIND;
		const likely = rank < SHOWN_BELOW && !crowded && shown < MOST_SHOWN;
		if (likely) shown += 1;
		return { field, likely, last: !likely && crowded && rank < REST };
	});
	// Crowded fields come last. Otherwise a hundred text fields could come before the only sampler.
	const ordered = [...placed.filter(({ last }) => !last), ...placed.filter(({ last }) => last)];
	return ordered.map(
		({ field: { rank: _rank, constant: _constant, plain: _plain, ...field }, likely }) => ({
			...field,
			likely,
		}),
	);
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** The position of each id in numeric order, computed once because a node has many inputs. */
function orderOf(ids: readonly string[]): (id: string) => number {
	const sorted = [...ids].sort(byNumber.compare);
	const places = new Map(sorted.map((id, place) => [id, place]));
	return (id) => places.get(id) ?? 0;
}

/**
 * Whether an input is of use only to ComfyUI's editor, although some exports store it: a button, a preview, the
 * last text that a node displayed. If the class is known, every input that the class does not take counts as one.
 */
function isOfEditor(node: WorkflowNode, input: string, known: NodeInputs | undefined): boolean {
	const saved = node.inputs[input];
	const spec = known?.inputs.get(input)?.spec;
	if (spec) return spec.noValue === true || spec.hidden === true;
	if (shows(node, saved)) return true;
	if (!known) return seemsOfEditor(node, input, saved);
	if (input.includes('.')) return known.elsewhere.has(input);
	return seemsOfEditor(node, input, saved) || !takesInput(known, input);
}

// The text in a display node comes from the previous run.
function shows({ class_type: type }: WorkflowNode, saved: unknown): boolean {
	return /^(Show|Display)|\b(show|display)(Text|Any)/i.test(type) && typeof saved === 'string';
}

const BUTTONS = /^(upload|choose \w+ to upload|control_(after|before)_generate)$/i;
const DRAWN = /(ui|widget|preview|comparer)$/i;

function seemsOfEditor({ class_type: type }: WorkflowNode, input: string, saved: unknown): boolean {
	if (BUTTONS.test(input)) return true;
	const flag = typeof saved === 'boolean' || typeof saved === 'number';
	if (!flag && DRAWN.test(input)) return true;
	// Buttons such as "➕ Add Lora" and "Update inputs".
	if (saved === '' && (/^[^\w]/.test(input) || input.includes(' '))) return true;
	return /^(Save|Preview)/.test(type) && MEDIA_INPUTS.includes(input) && typeof saved !== 'object';
}
