import type { EditorRED } from 'node-red';
import type { PageFields } from '../contract/fields.cts';
import type { check } from './check.mts';
import type { checkedBy } from './definition.mts';
import type { prepare, resize, save } from './dialog.mts';

/** A node in the editor: its properties, and a look-up in its own catalogue. */
type OwnNode = Record<string, unknown> & { name: string; _(key: string): string };

/** The published types expect each property of a node by name, but ours come from a table. */
interface Definition {
	[part: string]: unknown;
	outputLabels?: (this: OwnNode, index: number) => string;
	oneditresize?: (this: OwnNode, size: { height: number }) => void;
}

declare global {
	/** The editor's own API; jQuery and its widgets come with it. */
	const RED: Omit<EditorRED, 'nodes'> & {
		nodes: Omit<EditorRED['nodes'], 'registerType'> & {
			registerType(type: string, definition: Definition & ThisType<OwnNode>): void;
		};
	};
	// The build puts these into the page of a node.
	const TYPE: string;
	/** The table of the node's fields. */
	const FIELDS: PageFields;
	/** The properties that this table gives the node, with their validators. */
	function defaultsWith(checked: ReturnType<typeof checkedBy>): object;
	/** The properties that Node-RED keeps with the credentials. */
	const CREDENTIALS: object;
	/** What the pages of all RunComfy nodes call: the page of the account puts it here. */
	var runcomfyEditor: {
		check: typeof check;
		prepare: typeof prepare;
		save: typeof save;
		resize: typeof resize;
	};
}
