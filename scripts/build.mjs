// Compiles the package into dist/ and copies what the compiler does not (gulpfile.js). Processes that
// use dist/ meanwhile go on: see scripts/build.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildInto } from './build/into.mjs';
import { writeTypes } from './build/types.mjs';
import { writeDocs } from './docs.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

/**
 * Brings `dist` and the tables in docs/ up to date; does nothing where they are.
 * @param {{log?: (line: string) => void}} [options]
 */
export async function build({ log = console.log } = {}) {
	await buildInto(join(root, 'dist'), { read: root, make: (folder) => make(folder, log), log });
	writeDocs();
}

/** @param {string} folder @param {(line: string) => void} log */
async function make(folder, log) {
	log('Compiling TypeScript …');
	await run('node_modules/typescript/bin/tsc', ['--outDir', folder], { cwd: root });
	await writeTypes(folder);
	log('Editor pages, texts, icons …');
	const env = { ...process.env, BUILD_DIR: folder };
	await run('node_modules/gulp/bin/gulp.js', ['--silent'], { cwd: root, env });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
