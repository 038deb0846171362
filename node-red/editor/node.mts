/** A node as the editor's validators get it: its properties. */
export type EditedNode = Record<string, unknown>;

export function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value);
}
