// The table and lists of docs/node-red.md, from the pages that Node-RED loads into its editor. What a field means
// stands in node-red-fields.mjs: the editor has no room for it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { root } from '../root.mjs';
import { listOf, tableOf } from './markdown.mjs';
import { ACCOUNT, FIELDS } from './node-red-fields.mjs';

/** @typedef {{name: string, label: string, choices: Array<[value: string, label: string]>}} Row of a dialog */

const CONFIG = 'runcomfy-config';

/** @returns {Record<string, string>} */
export function nodeRedBlocks() {
	const { nodes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))['node-red'];
	const types = Object.keys(nodes).map((type) => readType(type));
	const account = types.filter(({ type }) => type === CONFIG);
	const others = types.filter(({ type }) => type !== CONFIG);
	return {
		'node-red-nodes': tableOf(
			['node', 'what it does'],
			types.map(({ type, help }) => [`\`${type}\``, help]),
		),
		'node-red-fields': fieldList(others, FIELDS),
		'node-red-account': fieldList(account, ACCOUNT),
	};
}

/** @param {string} type */
function readType(type) {
	const read = (/** @type {string} */ file) =>
		readFileSync(join(root, 'dist', 'node-red', 'nodes', type, file), 'utf8');
	const page = read(`${type}.html`);
	const texts = JSON.parse(read(join('locales', 'en-US', `${type}.json`)));
	const [, help = ''] =
		/<script type="text\/markdown"[^>]*>\n(.+)\n/.exec(
			read(join('locales', 'en-US', `${type}.html`)),
		) ?? [];
	return { type, help, ...definitionOf(type, page), rows: rowsOf(page, texts) };
}

/** @param {string} type @param {string} page @returns {{defaults: Record<string, {value: unknown}>, outputs?: number}} */
function definitionOf(type, page) {
	let found;
	const RED = {
		nodes: {
			registerType: (/** @type {string} */ _type, /** @type {object} */ definition) =>
				(found = definition),
		},
	};
	const [, script = ''] = /<script type="text\/javascript">([^]*?)<\/script>/.exec(page) ?? [];
	runInContext(script, createContext({ RED }), { filename: `${type}.html` });
	return /** @type {any} */ (found);
}

/** @param {string} page @param {object} texts @returns {Row[]} */
function rowsOf(page, texts) {
	const text = (/** @type {string} */ key) =>
		String(key.split('.').reduce((value, part) => /** @type {any} */ (value)?.[part], texts));
	const labels = [
		...page.matchAll(/<label for="node-(?:config-)?input-(\w+)"[^>]*>[^]*?data-i18n="([^"]+)"/g),
	];
	const rows = labels.map(([, name = '', key = '']) => {
		const [, select = ''] =
			new RegExp(`<select id="node-(?:config-)?input-${name}">([^]*?)</select>`).exec(page) ?? [];
		const choices = [...select.matchAll(/<option value="(\w+)" data-i18n="([^"]+)"/g)];
		return {
			name,
			label: text(key),
			choices: choices.map(
				([, value = '', label = '']) => /** @type {[string, string]} */ ([value, text(label)]),
			),
		};
	});
	// A list in the place of a field with a label.
	const at = rows.findIndex(({ name }) => name === 'inputMode');
	if (at >= 0)
		rows.splice(at + 1, 0, { name: 'rows', label: text('runcomfy.inputMode.rows'), choices: [] });
	return rows;
}

/** @param {Array<ReturnType<typeof readType>>} types @param {Record<string, string>} meanings */
function fieldList(types, meanings) {
	/** @type {Map<string, {field: {label: string, name: string, meaning: string, value: string}, of: string[]}>} */
	const byText = new Map();
	for (const { type, rows, defaults } of types) {
		for (const row of rows) {
			const { label, name } = row;
			const meaning = meanings[name] ?? UNSAID;
			const field = { label, name, meaning, value: defaultOf(row, defaults) };
			const key = JSON.stringify(field);
			const known = byText.get(key) ?? { field, of: [] };
			byText.set(key, { field, of: [...known.of, type.replace('runcomfy-', '')] });
		}
	}
	const withOf = types.length > 1;
	return listOf(
		[...byText.values()].map(({ field, of }) => ({
			...field,
			of: withOf ? (of.length === types.length ? 'all' : of.join(', ')) : '',
		})),
	);
}

/** Of a field that still needs a line in node-red-fields.mjs: a test finds it. */
const UNSAID = '(not described yet)';

const SOURCES = ['msg', 'flow', 'global', 'env'];

/** @param {Row} row @param {Record<string, {value: unknown}>} defaults */
function defaultOf({ name, choices }, defaults) {
	const value = defaults[name]?.value;
	const type = String(defaults[`${name}Type`]?.value);
	if (SOURCES.includes(type)) return `\`${type}.${value}\``;
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	if (value === undefined || value === '' || Array.isArray(value)) return '';
	return choices.find(([one]) => one === value)?.[1] ?? String(value);
}
