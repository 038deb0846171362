// Generates the table and lists of docs/node-red.md from the tables of fields, the English texts and the English help.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { helpPages } from '../editor-pages.mjs';
import { load, root } from '../root.mjs';
import { listOf, tableOf } from './markdown.mjs';

/** @typedef {import('../../node-red/contract/fields.ts').Field} Field */

const CONFIG = 'runcomfy-config';
const LOCALES = join(root, 'node-red', 'locales');

/** @returns {Record<string, string>} */
export function nodeRedBlocks() {
	const types = Object.keys(readJson('package.json')['node-red'].nodes);
	const help = new Map(helpPages(readFileSync(join(LOCALES, 'en-US.md'), 'utf8')));
	return {
		'node-red-nodes': tableOf(
			['node', 'type', 'what it does'],
			types.map((type) => [labelOfNode(type), `\`${type}\``, help.get(type)?.split('\n')[1] ?? '']),
		),
		'node-red-fields': fieldList(types.filter((type) => type !== CONFIG)),
		'node-red-account': fieldList([CONFIG]),
	};
}

/** @param {string} type @returns {string} the name in the palette */
function labelOfNode(type) {
	const { runcomfy: texts } = readJson('node-red/locales/en-US.json');
	return type === CONFIG ? texts.account.label : type.replace('runcomfy-', 'RunComfy ');
}

/** @param {string[]} types */
function fieldList(types) {
	const { runcomfy: texts } = readJson('node-red/locales/en-US.json');
	/** @type {Record<string, Record<string, Field>>} */
	const tables = load('node-red/contract/nodeFields.js').FIELDS;
	const lines = types.flatMap((type) => {
		const of = types.length === 1 ? [] : [type.replace('runcomfy-', '')];
		return Object.entries(tables[type] ?? {})
			.filter(([, { kind }]) => kind !== 'hidden')
			.map(([name, field]) => ({ ...lineOf(name, field, texts), of }));
	});
	return listOf(lines, types.length);
}

/** @param {string} name @param {Field} field @param {Record<string, Record<string, string>>} texts */
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
