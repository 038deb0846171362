// The built editor half, as a browser loads it, but without a browser.
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
export const isHidden = (name: string) => /Type$|^(outputs|targetName)$/.test(name);
export const html = (type: string) => read(type, `${type}.html`);
export const help = (type: string) => read(type, join('locales', 'en-US', `${type}.html`));
/** The contents of all script elements of a kind, in order. */
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

/** The parts of the editor that validators use. */
interface Editor {
	/** The open dialog: its node, and the values of its fields; for a checkbox, `true` or `false`. */
	open?: { node: object; fields: Record<string, string | boolean> };
	/** The nodes of the flows, with their types and names. */
	present: Array<{ id: string; type: string; name?: string }>;
}

const USUAL: Editor = { present: [] };
let editor = USUAL;

/** Changes the editor during `work`. */
export function whileEditor(differs: Partial<Editor>, work: () => void): void {
	editor = { ...USUAL, ...differs };
	try {
		work();
	} finally {
		editor = USUAL;
	}
}

/** jQuery's result for a field's id, as far as validators use it. */
function fieldOf(selector: string) {
	const value = editor.open?.fields[selector.replace('#node-input-', '')];
	return { val: () => value, is: () => typeof value === 'boolean', prop: () => value };
}

/** Runs all scripts in one page, in order, as the editor does. */
function loadEditor() {
	const definitions = new Map<string, Definition>();
	const context = createContext({
		$: fieldOf,
		RED: {
			_: (key: string, values: Record<string, string> = {}) => {
				const [, set, path] = /^n8n-nodes-runcomfy\/([\w-]+):(.+)$/.exec(key) ?? [];
				const text = String(set && path && lookup(set, path));
				return text.replace(/__(\w+)__/g, (_all, name: string) => String(values[name]));
			},
			editor: { getEditStack: () => (editor.open ? [editor.open.node] : []) },
			events: { on: () => undefined },
			nodes: {
				registerType: (type: string, definition: Definition) => definitions.set(type, definition),
				filterNodes: ({ type }: { type: string }) =>
					editor.present.filter((node) => node.type === type),
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
	// Node-RED guarantees no order, so no script may need the shared helper before that is loaded.
	for (const type of [...ALL].reverse()) {
		runInContext(blocks(html(type), 'text/javascript'), context, { filename: `${type}.html` });
	}
	return definitions;
}

export const definitions = loadEditor();
export const definition = (type: string) => definitions.get(type) as Definition;
