// The table and lists of docs/node-red.md, from the tables of fields, the English texts and the English help.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { helpPages } from '../editor-pages.mjs';
import { root } from '../root.mjs';
import { listOf, tableOf } from './markdown.mjs';

/** @typedef {import('../../node-red/contract/fields.cts').Field} Field */

const CONFIG = 'runcomfy-config';
const LOCALES = join(root, 'node-red', 'locales');

/** @returns {Record<string, string>} */
export function nodeRedBlocks() {
	const types = Object.keys(readJson('package.json')['node-red'].nodes);
	const help = new Map(helpPages(readFileSync(join(LOCALES, 'en-US.md'), 'utf8')));
	return {
		'node-red-nodes': tableOf(
			['node', 'what it does'],
			types.map((type) => [`\`${type}\``, help.get(type)?.split('\n')[1] ?? '']),
		),
		'node-red-fields': fieldList(types.filter((type) => type !== CONFIG)),
		'node-red-account': fieldList([CONFIG]),
	};
}

/** @param {string[]} types */
function fieldList(types) {
	const require = createRequire(join(root, 'package.json'));
	const { runcomfy: texts } = readJson('node-red/locales/en-US.json');
	/** @type {Map<string, {field: Line, of: string[]}>} */
	const byText = new Map();
	const { FIELDS } = require('./dist/node-red/contract/nodeFields.cjs');
	for (const type of types) {
		for (const [name, field] of Object.entries(FIELDS[type])) {
			if (field.kind === 'hidden') continue;
			const line = lineOf(name, field, texts);
			const key = JSON.stringify(line);
			const known = byText.get(key) ?? { field: line, of: [] };
			byText.set(key, { field: line, of: [...known.of, type.replace('runcomfy-', '')] });
		}
	}
	return listOf(
		[...byText.values()].map(({ field, of }) => ({
			...field,
			of: types.length === 1 ? '' : of.length === types.length ? 'all' : of.join(', '),
		})),
	);
}

/**
 * @typedef {{label: string, name: string, meaning: string, value: string}} Line
 * @param {string} name @param {Field} field @param {Record<string, Record<string, string>>} texts
 * @returns {Line}
 */
function lineOf(name, field, texts) {
	const { help = '', whenEmpty } = field;
	const meaning = whenEmpty ? `${help}. Empty: \`msg.${whenEmpty}\`` : help;
	return {
		label: labelOf(name, field, texts),
		name,
		meaning,
		value: defaultOf(name, field, texts),
	};
}

/** @param {string} name @param {Field} field @param {Record<string, Record<string, string>>} texts */
function labelOf(name, { label = `label.${name}` }, texts) {
	const [group = '', key = ''] = label.split('.');
	return texts[group]?.[key] ?? name;
}

/** @param {string} name @param {Field} field @param {Record<string, Record<string, string>>} texts */
function defaultOf(name, { value, type = '', choices }, texts) {
	if (['msg', 'flow', 'global', 'env'].includes(type)) return `\`${type}.${value}\``;
	if (typeof value === 'boolean') return value ? 'on' : 'off';
	if (value === undefined || value === '' || Array.isArray(value)) return '';
	return choices ? (texts[name]?.[String(value)] ?? '') : String(value);
}

/** @param {string} file */
function readJson(file) {
	return JSON.parse(readFileSync(join(root, file), 'utf8'));
}
