// What the definitions of several nodes share. Each page has its own copy of what it uses; what is called
// while somebody edits is in the account's page, once for all of them.
import type { PageFields } from '../contract/fields.cts';

// Node-RED takes a text for a reason only if the validator has two parameters.
/** The validators of a node's fields, by name. */
export const checkedBy = (fields: PageFields) => (name: string) =>
	function (this: object, value: unknown, opt: object) {
		return runcomfyEditor.check(fields, this as Record<string, unknown>, name, value, opt);
	};

/** Looks a text of the node's own catalogue up when it is shown. */
export function text(key: string) {
	return function (this: { _(key: string): string }) {
		return this._(key);
	};
}

export function labelStyle(this: { name: string }) {
	return this.name ? 'node_label_italic' : '';
}
