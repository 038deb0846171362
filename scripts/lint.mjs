// `npm run lint`: the rules for the text of each file, for what files import, for what nothing uses,
// and for the files of GitHub Actions and Docker Compose.
import { fileURLToPath } from 'node:url';
import { lintWorkflows } from './lint-workflows.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

/** What is cruised for circles: all that is source. */
const SOURCES = ['core', 'credentials', 'nodes', 'node-red', 'simulator', 'scripts', 'bench'];

export async function lint() {
	const tool = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
		run(`node_modules/${script}`, args, { cwd: root });
	// With the types of the whole tree, it takes 2 GB where nothing says that less will do.
	const env = { ...process.env, NODE_OPTIONS: '--max-old-space-size=1400' };
	await run('node_modules/eslint/bin/eslint.js', ['.', '--max-warnings', '0'], { cwd: root, env });
	await tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.');
	await tool('dependency-cruiser/bin/dependency-cruise.mjs', ...SOURCES);
	await tool('knip/bin/knip.js', '--no-progress');
	await lintWorkflows();
	await tool('dclint/bin/dclint.cjs', '--recursive', '--max-warnings', '0', 'docs');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await lint();
