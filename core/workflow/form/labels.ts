import { shorten } from '../../text';
import { nodeOf, type PromptRole, promptRoles, titleOf, type WorkflowApiJson } from '../graph';
import type { InputSpec } from '../inputSpec';
import { constantOf, feedsOf, titleOfConstant } from './constants';
import { namesPrompt, roleOfName, roleOfTitle } from './texts';

interface Labelled {
	nodeId: string;
	title: string;
	input: string;
	role?: PromptRole;
	spec?: Pick<InputSpec, 'displayName'>;
}

/** "6 · Positive Prompt → text": what people see of an input, in both hosts. */
export function fieldLabel(field: Labelled): string {
	const { nodeId, title, input, role, spec } = field;
	const told = role === undefined || `${title} ${input}`.toLowerCase().includes(role);
	// The role at the beginning, since forms cut long names short.
	return [
		nodeId,
		...(told ? [] : [role]),
		`${shorten(title, LONGEST_TITLE)} → ${shownName(input, spec?.displayName)}`,
	].join(' · ');
}

/**
 * The label where only so many characters of it are seen. Nodes differ by their ids and their prompts'
 * roles, inputs by their names: it is the title that gives way.
 */
export function shortLabel(field: Labelled, longest: number): string {
	const whole = fieldLabel(field);
	if (whole.length <= longest) return whole;
	const { title, input } = field;
	const role = field.role ?? (namesPrompt(input) ? roleOfTitle(title) : undefined);
	if (role && !input.toLowerCase().includes(role)) return fieldLabel({ ...field, title: role });
	const room = longest - MORE - fieldLabel({ ...field, title: '' }).length;
	return fieldLabel({ ...field, title: shorten(title, Math.max(room, SHORTEST_TITLE)) });
}

const LONGEST_TITLE = 100;
const SHORTEST_TITLE = 6;

/** Characters for the mark that more follows. */
const MORE = 6;

/** Both names where they differ: ComfyUI shows one, JSON takes the other. */
function shownName(input: string, displayName: string | undefined): string {
	const plain = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, '');
	if (displayName === undefined || plain(displayName) === plain(input)) return input;
	return `${displayName} (${input})`;
}

/** The label that the input has in the form of the whole workflow. */
export function inputLabel(
	workflow: WorkflowApiJson,
	nodeId: string,
	input: string,
	spec?: Pick<InputSpec, 'displayName'>,
): string {
	const node = nodeOf(workflow, nodeId);
	if (!node) return fieldLabel({ nodeId, title: '?', input });
	const constant = constantOf(node, feedsOf(workflow).get(nodeId));
	const title = constant ? titleOfConstant(workflow, node, constant) : titleOf(node);
	const told = namesPrompt(input) || (constant?.input === input && isText(node.inputs[input]));
	const role = told ? (roleOfName(input) ?? promptRoles(workflow).get(nodeId)) : undefined;
	return fieldLabel({ nodeId, title, input, ...(role ? { role } : {}), ...(spec ? { spec } : {}) });
}

function isText(value: unknown): boolean {
	return typeof value === 'string';
}
