/** A node as the editor's validators get it: its properties, and its catalogue where it has one. */
export type EditedNode = Record<string, unknown> & {
	_?: (key: string, values?: Record<string, string>) => string;
};

export function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}

/** Why a field cannot be right, in the user's language. */
export function reason(node: EditedNode, problem: string, field: string): string {
	const text = (key: string, values?: Record<string, string>) => node._?.(key, values) ?? key;
	const name = text(`runcomfy.label.${field}`);
	return text(`runcomfy.invalid.${problem}`, { field: name });
}

/** Looks up a text below `runcomfy` in the user's language. */
export type Translate = (key: string, values?: Record<string, string>) => string;

export function translator(node: EditedNode): Translate {
	return (key, values) => node._?.(`runcomfy.${key}`, values) ?? key;
}
