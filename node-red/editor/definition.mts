// What the definitions of several nodes share. Each page has its own copy of what it uses. What they call while
// a user edits is in `runcomfyEditor`.
import type { PageFields } from '../contract/fields.cts';

// Node-RED takes a text as a reason only if the validator has two parameters.
/** Makes the validator of a field by its name. */
export const checkedBy = (fields: PageFields) => (name: string) =>
	function (this: object, value: unknown, opt: object) {
		return runcomfyEditor.check(fields, this as Record<string, unknown>, name, value, opt);
	};

/** Looks up a text of the node's own catalogue when Node-RED shows it. */
export function text(key: string) {
	return function (this: { _(key: string): string }) {
		return this._(key);
	};
}

export function labelStyle(this: { name: string }) {
	return this.name ? 'node_label_italic' : '';
}
