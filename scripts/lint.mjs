// `npm run lint`: the rules for each file's text, for what files import, and for what nothing uses.
// What has not changed since the last time is not read again.
import { fileURLToPath } from 'node:url';
import { exec } from './process.mjs';
import { root } from './root.mjs';
import { finish, step } from './steps.mjs';

/** What is searched for circles: all that is source. */
const SOURCES = ['core', 'credentials', 'nodes', 'node-red', 'simulator', 'scripts', 'bench'];

const cached = (/** @type {string} */ name) => [
	'--cache',
	'--cache-location',
	`output/lint/${name}`,
];

/** @type {Array<[string, () => Promise<unknown>]>} */
const STEPS = [
	['eslint', () => tool('eslint/bin/eslint.js', '.', '--max-warnings', '0', ...cached('eslint'))],
	['prettier', () => prettier('.')],
	['circles of imports', () => tool('dependency-cruiser/bin/dependency-cruise.mjs', ...SOURCES)],
	['what nothing uses', () => tool('knip/bin/knip.js', '--no-progress')],
];

export async function lint() {
	for (const [name, work] of STEPS) await step(name, work);
}

/** @param {...string} files */
export const prettier = (...files) =>
	tool(
		'prettier/bin/prettier.cjs',
		...['--check', '--log-level', 'warn', '--ignore-unknown', ...cached('prettier'), ...files],
	);

/** Of the tests, the dialogs and the scripts; the build sees to the rest. What has not changed is not read again. */
const PROJECTS = ['tsconfig.test.json', 'tsconfig.editor.json', 'tsconfig.scripts.json'];

export const types = () => step('types', () => tool('typescript/bin/tsc', '--build', ...PROJECTS));

/** @param {string} script @param {...string} args */
function tool(script, ...args) {
	// With the types of the whole tree, ESLint takes 2 GB unless told to do with less.
	const memory = script.startsWith('eslint/') ? ['--max-old-space-size=1400'] : [];
	return exec(process.execPath, [...memory, `node_modules/${script}`, ...args], { cwd: root });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	await lint();
	finish();
}
