import type { EditorRED } from 'node-red';
import type { PageFields } from '../contract/fields.ts';
import type { checkField } from './check.mts';
import type { checkedBy } from './definition.mts';
import type { prepareDialog, resizeDialog, saveDialog } from './dialog.mts';

/** A node in the editor: its properties, and a look-up in its own catalogue. */
type OwnNode = Record<string, unknown> & { name: string; _(key: string): string };

/** The published types require each property of a node by name, but our properties are generated from a table. */
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
	// The build defines these constants in each node's page.
	const TYPE: string;
	/** The node's table of fields. */
	const FIELDS: PageFields;
	/** The properties generated from the table, with their validators. */
	function defaultsWith(checked: ReturnType<typeof checkedBy>): object;
	/** The properties that Node-RED stores with the credentials. */
	const CREDENTIALS: object;
	/** Entry points for the pages of all RunComfy nodes; the account's page assigns them. */
	var runcomfyEditor: {
		checkField: typeof checkField;
		prepareDialog: typeof prepareDialog;
		saveDialog: typeof saveDialog;
		resizeDialog: typeof resizeDialog;
	};
}
