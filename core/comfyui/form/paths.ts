import type { InputRef } from '../../form/inputSpec';
import type { InputSpec } from '../../form/inputSpec';
import { type PromptRole } from '../../form/texts';
import { namesPrompt, roleOfName } from '../../form/texts';
import { printable, readAlike } from '../../form/words';
import { nodeOf, promptRoles, titleOf, type WorkflowApiJson } from '../graph';
import { constantOf, feedsOf, titleOfConstant } from './constants';

interface Placed {
	nodeId: string;
	title: string;
	input: string;
	/** Added in parentheses if the title does not already show the class. */
	classType?: string;
	role?: PromptRole;
	spec?: Pick<InputSpec, 'displayName'>;
	also?: readonly InputRef[];
}

/** Tells users where an input is, such as "27 · Image Size (EmptyLatentImage) → width". */
export function fieldPath(field: Placed): string {
	const { nodeId, title, input, classType, role, spec, also = [] } = field;
	const clear = role === undefined || `${title} ${input}`.toLowerCase().includes(role);
	const shown = printable(title);
	const more =
		classType === undefined || readAlike(classType, title) ? '' : ` (${printable(classType)})`;
	const further = also.map((other) => {
		const name = printable(other.input);
		return other.nodeId === nodeId ? name : `${printable(other.nodeId)} → ${name}`;
	});
	return [
		printable(nodeId),
		...(clear ? [] : [role]),
		`${shown}${more} → ${[shownName(input, spec?.displayName), ...further].join(', ')}`,
	].join(' · ');
}

/** The name that ComfyUI shows, followed by the name in JSON if the two differ. */
function shownName(input: string, displayName: string | undefined): string {
	const own = printable(input);
	if (displayName === undefined || readAlike(displayName, input)) return own;
	return `${printable(displayName)} (${own})`;
}

export function inputPath(workflow: WorkflowApiJson, nodeId: string, input: string): string {
	const node = nodeOf(workflow, nodeId);
	if (!node) return fieldPath({ nodeId, title: '?', input });
	const constant = constantOf(node, feedsOf(workflow).get(nodeId));
	const title = constant ? titleOfConstant(workflow, node, constant) : titleOf(node);
	const holdsText = constant?.input === input && typeof node.inputs[input] === 'string';
	const isPrompt = holdsText || namesPrompt(input);
	const role = isPrompt ? (roleOfName(input) ?? promptRoles(workflow).get(nodeId)) : undefined;
	return fieldPath({ nodeId, title, input, ...(role ? { role } : {}) });
}
