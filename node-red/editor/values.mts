import type { Condition } from '../contract/fields.cts';

interface Default {
	value?: unknown;
	validate?: (this: object, value: unknown, opt: object) => unknown;
}

/** The properties that a node of this type has, as its definition says. */
export function defaultsIn({ type }: EditedNode): Record<string, Default> {
	const known = RED.nodes.getType(String(type)) as { defaults?: Record<string, Default> } | null;
	return known?.defaults ?? {};
}

/** Where Node-RED serves the paths of nodes. */
export function nodeRoot(): string {
	const { httpNodeRoot } = RED.settings as { httpNodeRoot?: string };
	return httpNodeRoot ?? '';
}

/** A node as the editor hands it over: its properties. */
export type EditedNode = Record<string, unknown>;

export function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/** An environment variable that Node-RED fills in before a node sees it. */
export function isVariable(text: string): boolean {
	return /^\$\{[^}]+\}$/.test(text);
}

/** What a field of the open dialog holds; of a box `true` or `false`. */
export function valueOf(name: string): string {
	const input = $(`#node-input-${name}`);
	return input.is('[type=checkbox]') ? String(input.prop('checked')) : textOf(input.val()).trim();
}

/** Calls back on every change of a field that is there, and once now. */
export function onChange(name: string, listener: (value: string) => void): void {
	$(`#node-input-${name}`)
		.on('change', () => listener(valueOf(name)))
		.trigger('change');
}

/** Whether a field holds a literal of a type, and no variable: then its value is known before the node runs. */
export function isFixed(name: string, type: 'str' | 'json'): boolean {
	return valueOf(`${name}Type`) === type && !isVariable(valueOf(name));
}

/** The id of the deployment, or its address; empty if it is known only when the node runs. */
export function fixedDeployment(): string {
	return isFixed('deploymentId', 'str') ? valueOf('deploymentId') : '';
}

/** The id of the hosted model, or its address; empty if it is known only when the node runs. */
export function fixedModel(): string {
	return isFixed('modelId', 'str') ? valueOf('modelId') : '';
}

/** Whether a condition holds, by what the field that it names says. */
export function holds({ is, not }: Condition, text: string): boolean {
	if (is) return is.includes(text);
	if (not) return !not.includes(text);
	return text !== '' && text !== 'false';
}

/** What another field of a node says: as its dialog shows it if that is open, else as the flow keeps it. */
export function optionOf(node: EditedNode, name: string): string {
	// Not the dialog of another node: that of an account has all nodes that use it checked again.
	return (isOpen(node) && valueOf(name)) || textOf(node[name]);
}

// The published types do not know it.
function isOpen(node: EditedNode): boolean {
	const { getEditStack } = RED.editor as unknown as { getEditStack(): EditedNode[] };
	return getEditStack().includes(node);
}
