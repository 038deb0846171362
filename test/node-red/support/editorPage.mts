// The built editor half, as a browser loads it, but read without one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { root } from './dist.mts';
import { TYPES } from './rig.mts';

type Validator = (this: object, value: unknown, opt?: object) => unknown;
export interface Definition {
	category: string;
	color: string;
	icon?: string;
	inputs?: number;
	outputs?: number;
	defaults: Record<
		string,
		{ value: unknown; type?: string; required?: boolean; validate?: Validator }
	>;
	credentials?: Record<string, { type: string }>;
	label(): string;
	paletteLabel?: string | ((this: { _(key: string): unknown }) => unknown);
	oneditprepare(this: object): void;
}

export const ALL = ['runcomfy-config', ...TYPES];
const read = (type: string, file: string) =>
	readFileSync(join(root, 'dist', 'node-red', 'nodes', type, file), 'utf8');
/** Whether a property has no row in the dialog. */
export const isHidden = (name: string) =>
	/Type$|^(schemaVersion|outputs|targetName|secretFor)$/.test(name);
export const html = (type: string) => read(type, `${type}.html`);
export const help = (type: string) => read(type, join('locales', 'en-US', `${type}.html`));
/** The contents of all script elements of a kind, one after the other. */
export const blocks = (text: string, kind: string, attribute = '') =>
	[
		...text.matchAll(
			new RegExp(`<script type="${kind}"${attribute}[^>]*>([\\s\\S]*?)</script>`, 'g'),
		),
	]
		.map(([, content]) => content)
		.join('\n');
const catalogue = (type: string) =>
	JSON.parse(read(type, join('locales', 'en-US', `${type}.json`))) as Record<string, unknown>;

export function lookup(type: string, key: string): unknown {
	return key
		.split('.')
		.reduce<unknown>(
			(texts, part) => (texts as Record<string, unknown> | undefined)?.[part],
			catalogue(type),
		);
}

/** The open dialog: its node, and what its fields hold, for a checkbox `true` or `false`. */
let open: { node: object; fields: Record<string, string | boolean> } | undefined;

/** The addresses below which the editor and the HTTP nodes are. */
const roots = { editor: '/', nodes: '/' };

/** Lets a node be edited while `work` goes on. */
export function whileOpen(
	node: object,
	fields: Record<string, string | boolean>,
	work: () => void,
): void {
	open = { node, fields };
	try {
		work();
	} finally {
		open = undefined;
	}
}

/** Moves the editor and the HTTP nodes to another address while `work` goes on. */
export function whileAt(places: typeof roots, work: () => void): void {
	const usual = { ...roots };
	Object.assign(roots, places);
	try {
		work();
	} finally {
		Object.assign(roots, usual);
	}
}

/** The nodes of the flows, with their types and names. */
let present: Array<{ id: string; type: string; name?: string }> = [];

/** Gives the flows nodes while `work` goes on. */
export function whileThereAre(nodes: typeof present, work: () => void): void {
	present = nodes;
	try {
		work();
	} finally {
		present = [];
	}
}

/** What jQuery finds by the id of a field, as far as validators use it. */
function fieldOf(selector: string) {
	const value = open?.fields[selector.replace('#node-input-', '')];
	return { val: () => value, is: () => typeof value === 'boolean', prop: () => value };
}

/** Runs all scripts in one page, in order, as the editor does. */
function loadEditor() {
	const definitions = new Map<string, Definition>();
	const context = createContext({
		$: fieldOf,
		location: {
			get pathname() {
				return roots.editor;
			},
		},
		RED: {
			settings: {
				get httpNodeRoot() {
					return roots.nodes;
				},
			},
			_: (key: string, values: Record<string, string> = {}) => {
				const [, set, path] = /^n8n-nodes-runcomfy\/([\w-]+):(.+)$/.exec(key) ?? [];
				const text = String(set && path && lookup(set, path));
				return text.replace(/__(\w+)__/g, (_all, name: string) => String(values[name]));
			},
			editor: { getEditStack: () => (open ? [open.node] : []) },
			events: { on: () => undefined },
			nodes: {
				registerType: (type: string, definition: Definition) => definitions.set(type, definition),
				filterNodes: ({ type }: { type: string }) => present.filter((node) => node.type === type),
				subflow: (id?: string) => (id?.endsWith('subflow') ? { name: id } : undefined),
			},
			utils: {
				validateTypedProperty: (value: string, type: string) => {
					if (type === 'num') return !Number.isNaN(Number(value)) || 'not a number';
					if (type === 'json') return JSON.parse(value) !== undefined;
					return true;
				},
			},
		},
	});
	// Node-RED promises no order, so no script may need the shared helper before that is loaded.
	for (const type of [...ALL].reverse()) {
		runInContext(blocks(html(type), 'text/javascript'), context, { filename: `${type}.html` });
	}
	return definitions;
}

export const definitions = loadEditor();
export const definition = (type: string) => definitions.get(type) as Definition;
