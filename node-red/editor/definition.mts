// The parts that the definitions of several nodes share. Each page has its own copy of what it uses;
// what is called while somebody edits is the account's, once for all of them.

/** What Node-RED hands to the functions of a definition as `this`, so far as they use it. */
interface Node {
	name: string;
	_(key: string): string;
}

/** A field that every node but the account demands. */
export const account = { value: '', type: 'runcomfy-config', required: true } as const;

/** A credential without which a node is invalid; the published types do not know that there are such. */
export function required(type: 'text' | 'password') {
	return { type, required: true };
}

/** Looks a text of the node's own catalogue up when it is shown. */
export function text(key: string) {
	return function (this: Node) {
		return this._(key);
	};
}

/** The node's name on the canvas, or what the node does. */
export function nameOr(key: string) {
	return function (this: Node) {
		return this.name || this._(key);
	};
}

export function labelStyle(this: Node) {
	return this.name ? 'node_label_italic' : '';
}

type Validate = (this: object, value: string) => boolean;

// Node-RED takes a text for a reason only where the validator has two parameters; the published types
// know neither.
export const validator = (
	check: (node: object, value: unknown, opt: object) => unknown,
): Validate =>
	function (this: object, value: unknown, opt: object) {
		return check(this, value, opt);
	} as unknown as Validate;

/** The validator of a typed field. */
export const typed = (name: string): Validate =>
	validator((node, value, opt) =>
		runcomfyEditor.check(node as Record<string, unknown>, name, value, opt),
	);

export const rowsOf: Validate = validator((node, value) =>
	runcomfyEditor.checkRows(node as Record<string, unknown>, value),
);
