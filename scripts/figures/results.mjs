// What the benches have measured last, kept in the repository: the tables and charts of the docs are made
// from it.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { requireFromRoot, root } from '../root.mjs';

const file = (/** @type {string} */ name) => join(root, 'bench', 'results', name);

/**
 * @typedef {object} Part
 * @property {string} title
 * @property {Conditions} conditions
 * @property {import('./figures.mjs').Figure[]} figures
 * @property {any} [data]
 */
/** @typedef {{date: string, node: string, cores: number, processor: string, memoryGB: number, n8nCore: string, nodeRed: string}} Conditions */
/** @typedef {{parts: Record<string, Part>}} Results */

/** @returns {Results} */
export const readResults = () => JSON.parse(readFileSync(file('latest.json'), 'utf8'));

/**
 * The comparison of the ways of waiting: see `test:queue -- --table`.
 * @returns {{conditions: {date: string, command: string, note: string}, figures: Record<string, string>, table?: {columns: string[], rows: string[][]}}}
 */
export const readWaiting = () => JSON.parse(readFileSync(file('waiting.json'), 'utf8'));

/** Puts a part in the place of the one that was measured before. @param {string} name @param {Omit<Part, 'conditions'>} part */
export function keepPart(name, { title, figures, data }) {
	const { parts } = readResults();
	const kept = { title, conditions: conditions(), figures: figures.map(short), data };
	const all = JSON.stringify({ parts: { ...parts, [name]: kept } }, shortNumber, '\t');
	writeFileSync(file('latest.json'), `${all}\n`);
}

/** @returns {Conditions} */
function conditions() {
	const [first] = cpus();
	return {
		date: new Date().toISOString().slice(0, 10),
		node: process.version,
		cores: cpus().length,
		processor: first?.model ?? '',
		memoryGB: Math.round(totalmem() / 1e9),
		n8nCore: requireFromRoot('n8n-core/package.json').version,
		nodeRed: requireFromRoot('node-red/package.json').version,
	};
}

const short = (/** @type {any} */ figure) => ({ ...figure, name: figure.name.trim() });

/** Four digits are more than they are worth. */
function shortNumber(/** @type {string} */ _key, /** @type {unknown} */ value) {
	return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
