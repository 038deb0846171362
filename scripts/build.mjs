// Brings dist/ up to date: compiles what has changed, copies what the compiler leaves behind
// (gulpfile.js), and writes the tables in docs/ that are made from the code.
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { writeDocs } from './docs.mjs';
import { tryLock } from './lock.mjs';
import { run } from './process.mjs';
import { root } from './root.mjs';

const dist = join(root, 'dist');
/** The compiler's notes and the lock; not part of the package. */
const work = join(dist, '.build');
const stamp = join(work, 'built');

const SOURCES = ['core', 'credentials', 'nodes', 'node-red', 'simulator'];
const TOOLS = ['gulpfile.js', 'package.json', 'tsconfig.json', 'tsconfig.types.json'];

/**
 * One at a time: a second build waits, and then finds nothing to do.
 * @param {{log?: (line: string) => void}} [options]
 */
export async function build({ log = console.log } = {}) {
	const lock = join(work, 'lock');
	for (let waited = false; tryLock(lock) !== undefined; await sleep(100)) {
		if (!waited) log('Waiting for another build to end.');
		waited = true;
	}
	try {
		if (!isUpToDate()) await make(log);
		writeDocs();
	} finally {
		rmSync(lock, { force: true });
	}
}

/** @param {(line: string) => void} log */
async function make(log) {
	const began = Date.now();
	rmSync(stamp, { force: true });
	log('Compiling TypeScript …');
	const projects = ['tsconfig.json', 'tsconfig.types.json'];
	await run('node_modules/typescript/bin/tsc', ['--build', ...projects], { cwd: root });
	copyTypes('simulator/index.d.cts');
	removeStale(dist, root);
	log('Editor pages, texts, icons …');
	await run('node_modules/gulp/bin/gulp.js', ['--silent'], { cwd: root });
	// What was changed meanwhile is newer.
	writeFileSync(stamp, '');
	utimesSync(stamp, began / 1_000, began / 1_000);
}

function isUpToDate() {
	if (!existsSync(stamp)) return false;
	const { mtimeMs } = statSync(stamp);
	// A folder changes if a file in it comes, goes or gets another name.
	const below = (/** @type {string} */ folder, recursive = true) =>
		readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).map((name) =>
			join(folder, name),
		);
	const files = [
		...TOOLS,
		// Not its folders: what installs the hosts into one may run beside the tests, which need the build as it is.
		...below('scripts', false).filter((name) => name.endsWith('.mjs')),
		...SOURCES,
		...SOURCES.flatMap((one) => below(one)),
	];
	return files.every((name) => statSync(join(root, name)).mtimeMs < mtimeMs);
}

/**
 * Puts the declarations that others may import beside their modules: those that the entry leads to.
 * @param {string} file
 * @param {Set<string>} copied
 */
function copyTypes(file, copied = new Set()) {
	if (copied.has(file)) return;
	copied.add(file);
	const text = readFileSync(join(work, 'types', file), 'utf8');
	mkdirSync(dirname(join(dist, file)), { recursive: true });
	copyFileSync(join(work, 'types', file), join(dist, file));
	for (const [, name = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)\.cjs['"]/g)) {
		copyTypes(join(dirname(file), `${name}.d.cts`), copied);
	}
}

/**
 * Removes what an earlier build has made of a source that is gone.
 * @param {string} folder
 * @param {string} sources
 */
export function removeStale(folder, sources) {
	for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		const file = join(folder, name);
		if (name.startsWith('.build') || statSync(file).isDirectory()) continue;
		const names = [name, name.replace(/\.js$/, '.ts'), name.replace(/(\.d)?\.c?[jt]s$/, '.cts')];
		if (!names.some((one) => existsSync(join(sources, one)))) rmSync(file);
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) void build();
