import { nodeOf, type PromptRole, promptRoles, titleOf, type WorkflowApiJson } from '../graph';
import type { InputSpec } from '../inputSpec';
import { constantOf, feedsOf, titleOfConstant } from './constants';
import { namesPrompt, roleOfName } from './texts';

/** "6 · Positive Prompt → text": what people see of an input, in both hosts. */
export function fieldLabel(field: {
	nodeId: string;
	title: string;
	input: string;
	role?: PromptRole;
	spec?: Pick<InputSpec, 'displayName'>;
}): string {
	const { nodeId, title, input, role, spec } = field;
	const told = role === undefined || `${title} ${input}`.toLowerCase().includes(role);
	// The role at the beginning, since forms cut long names short.
	return [
		nodeId,
		...(told ? [] : [role]),
		`${cut(title)} → ${shownName(input, spec?.displayName)}`,
	].join(' · ');
}

const LONGEST_TITLE = 100;

function cut(title: string): string {
	return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}

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
