// Generates the table of nodes in docs/node-red.md from the English help.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { tableOf } from './markdown.mjs';

const CONFIG = 'runcomfy-config';
const LOCALES = join(root, 'node-red', 'locales');

/** @returns {Record<string, string>} */
export function nodeRedBlocks() {
	const types = Object.keys(readJson(join(root, 'package.json'))['node-red'].nodes);
	const help = readFileSync(join(LOCALES, 'en-US.md'), 'utf8');
	const { runcomfy: texts } = readJson(join(LOCALES, 'en-US.json'));
	const rows = types.map((type) => [
		type === CONFIG ? texts.account.label : type.replace('runcomfy-', 'RunComfy '),
		`\`${type}\``,
		new RegExp(`^# ${type}\n\n(.+)`, 'm').exec(help)?.[1] ?? '',
	]);
	return { 'node-red-nodes': tableOf(['node', 'type', 'what it does'], rows) };
}

/** @param {string} file */
function readJson(file) {
	return JSON.parse(readFileSync(file, 'utf8'));
}
