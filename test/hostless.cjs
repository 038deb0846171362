// For `jest --filter`: selects the tests of `npm run check`. Tests that start a host or process, use random data or
// count steps over megabytes import one of these modules, directly or indirectly, and are left out. Tests that detect
// new fields, texts or operations always run.
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const STARTERS = new Set([
	...['node:child_process', 'node:inspector', 'fast-check', 'recheck'],
	'n8n-core',
	'node-red',
	'node-red-node-test-helper',
]);

const NEVERTHELESS = [
	'n8n/node.test.mts',
	'n8n/workflows.test.mts',
	'node-red/nodes/languages.test.mts',
	'node-red/nodes/pages.test.mts',
].map((name) => join(__dirname, name));

const TYPES = /^(?:import|export) type [^;]*;/gm;
const IMPORT = /\b(?:from|import|require)\b[^;'\n]*'([^']+)'/g;

/** Whether each file needs a host, by file. @type {Map<string, boolean>} */
const known = new Map();

/** @param {string} file */
function starts(file) {
	const before = known.get(file);
	if (before !== undefined) return before;
	known.set(file, false);
	const text = readFileSync(file, 'utf8').replace(TYPES, '');
	const names = [...text.matchAll(IMPORT)].map(([, name = '']) => name);
	const found = names.some((name) => {
		if (!name.startsWith('.')) return STARTERS.has(name);
		const path = join(dirname(file), name);
		return /\.[cm]?[jt]s$/.test(path) && existsSync(path) && starts(path);
	});
	known.set(file, found);
	return found;
}

/** @param {string[]} tests */
module.exports = async (tests) => ({
	filtered: tests.filter((test) => NEVERTHELESS.includes(test) || !starts(test)),
});
