import type { EditorRED } from 'node-red';
import type { Fields } from '../contract/fields.cts';
import type { shared } from './index.mts';

/** A node in the editor: its properties, and a look-up in its own catalogue. */
type OwnNode = Record<string, unknown> & { name: string; _(key: string): string };

/** The published types take each property of a node for known by name: ours come from a table. */
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
	/** The properties of a node by the table of its fields: the build writes them out in place of the call. */
	function defaultsOf(fields: Fields): object;
	/** The same for those that Node-RED keeps with the credentials. */
	function credentialsOf(fields: Fields): object;
	/** What the dialogs of all RunComfy nodes share. */
	var runcomfyEditor: typeof shared;
}
