import type { JsonObject } from '../../../json/objects';
import type { WorkflowApiJson, WorkflowNode } from '../../graph';
import { classOf } from '../../node';
import type { ObjectInfo } from '../../objectInfo';
import { type EditorWorkflow, readEditorWorkflow, roleOf } from './graph';
import { cannotConvert, type ConversionProblem, notConverted } from './problems';
import { type Placed, placeNodes, problemAt } from './scopes';
import { sourceOf } from './source';
import { widgetValues } from './values';

/** The classes of a workflow in editor format: what `convertEditor` needs to know of the machine. */
export function classTypesOfEditor(workflow: JsonObject): string[] {
	const { root, subgraphs } = readEditorWorkflow(workflow);
	const nodes = [root, ...subgraphs.values()].flatMap((graph) => [...graph.nodes.values()]);
	const types = nodes.filter((node) => roleOf(node) === undefined).map((node) => node.classType);
	return [...new Set(types)].filter((type) => !subgraphs.has(type));
}

/**
 * A workflow in editor format as the graph that ComfyUI runs: what its editor does on Export (API)
 * (ComfyUI_frontend, `executionUtil.ts`, `graphToPrompt`). What only a browser can work out, such as
 * `{red|blue}` in a text, stays as it is saved.
 * @throws RunComfyError `invalid_input` with the list of what cannot be converted
 */
export function convertEditor(workflow: JsonObject, info: ObjectInfo): WorkflowApiJson {
	const editor = readEditorWorkflow(workflow);
	const placed = placeNodes(editor).filter(({ node }) => node.state === 'active');
	if (Object.keys(info).length === 0 && placed.length > 0) throw cannotConvert(NO_INFO);
	const problems: ConversionProblem[] = [];
	const graph = new Map<string, WorkflowNode>();
	for (const one of placed) {
		const converted = convertNode(one, info, editor);
		if (Array.isArray(converted)) problems.push(...converted);
		else if (converted) graph.set(`${one.scope.prefix}${one.node.id}`, converted);
	}
	if (problems.length > 0) throw notConverted(problems);
	if (graph.size === 0) throw cannotConvert('it holds no nodes that ComfyUI runs');
	return Object.fromEntries(graph);
}

const NO_INFO =
	'the object_info of the deployment, which tells the inputs of each class, could not be read or knows none of its classes';

const REFUSED: Record<string, string | undefined> = {
	broadcast: 'sends its value where no link is drawn, which only its own editor extension knows',
	group: 'is a group node: convert it to a subgraph in ComfyUI',
};

/** The node as it runs; undefined for one that does not; or what is wrong with it. */
function convertNode(
	placed: Placed,
	info: ObjectInfo,
	{ subgraphs }: EditorWorkflow,
): WorkflowNode | ConversionProblem[] | undefined {
	const { node } = placed;
	const { classType, title, inputs, outputs } = node;
	const role = roleOf(node);
	if (role !== undefined) {
		const refused = REFUSED[role];
		return refused === undefined ? undefined : [problemAt(placed, refused)];
	}
	const nodeClass = classOf({ class_type: classType }, info);
	if (!nodeClass) {
		// Something that the editor shows, and that neither takes nor gives anything.
		if (inputs.length === 0 && outputs.length === 0) return undefined;
		return [problemAt(placed, UUID.test(classType) ? NO_SUBGRAPH : NO_CLASS)];
	}
	const { values, misfits } = widgetValues(node, nodeClass);
	const taken = new Map([...values].map(([name, value]) => [name, wrapped(value)]));
	const problems: ConversionProblem[] = [];
	for (const input of inputs) {
		const source = input.name === '' ? 'own' : sourceOf(placed, input, subgraphs);
		if (source === 'own') continue;
		misfits.delete(input.name);
		if (source === 'gone') taken.delete(input.name);
		else if ('problem' in source) problems.push(problemAt(placed, source.problem));
		else taken.set(input.name, 'link' in source ? source.link : wrapped(source.value));
	}
	for (const [name, value] of misfits) problems.push(problemAt(placed, misfit(name, value)));
	if (problems.length > 0) return problems;
	const name = title === classType ? (nodeClass.displayName ?? title) : title;
	return { inputs: Object.fromEntries(taken), class_type: classType, _meta: { title: name } };
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const NO_SUBGRAPH = 'stands for a subgraph that the workflow does not hold';
const NO_CLASS = 'is of a class that the deployment’s machine does not know';

function misfit(name: string, value: unknown): string {
	return `has ${shown(value)} for ${name}: it was saved with another version of its class than the machine has`;
}

function shown(value: unknown): string {
	if (typeof value === 'object') return Array.isArray(value) ? 'a list' : 'an object';
	return typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value);
}

/** A bare list of two would be taken for a link. */
function wrapped(value: unknown): unknown {
	return Array.isArray(value) ? { __value__: value as unknown[] } : value;
}
