// Shared by the node definitions; bundled into each page. Everything needed only while a user edits is in
// `runcomfyEditor`.
import type { PageFields } from '../contract/fields.ts';

// Node-RED accepts an error text from a validator only if the validator declares two parameters.
/** Creates the validator of a field by name. */
export const checkedBy = (fields: PageFields) => (name: string) =>
	function (this: object, value: unknown, opt: object) {
		return runcomfyEditor.checkField(fields, this as Record<string, unknown>, name, value, opt);
	};

/** A text of the node's catalogue, which is read when Node-RED shows the text. */
export function translated(key: string) {
	return function (this: { _(key: string): string }) {
		return this._(key);
	};
}

export function labelStyle(this: { name: string }) {
	return this.name ? 'node_label_italic' : '';
}
