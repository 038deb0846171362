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

const SOURCES = ['core', 'credentials', 'nodes', 'node-red', 'simulator', 'scripts'];
const SETTINGS = ['gulpfile.js', 'package.json', 'tsconfig.json', 'tsconfig.types.json'];

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
	log('Editor pages, texts, icons …');
	await run('node_modules/gulp/bin/gulp.js', ['--silent'], { cwd: root });
	removeStale(began);
	writeFileSync(stamp, '');
}

function isUpToDate() {
	if (!existsSync(stamp)) return false;
	const { mtimeMs } = statSync(stamp);
	// A folder changes if a file in it comes, goes or gets another name.
	const below = SOURCES.flatMap((folder) => [
		folder,
		...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => !name.includes('node_modules'))
			.map((name) => join(folder, name)),
	]);
	return [...SETTINGS, ...below].every((name) => statSync(join(root, name)).mtimeMs < mtimeMs);
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
 * @param {number} began when this build did
 */
function removeStale(began) {
	for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
		const file = join(dist, name);
		if (name.startsWith('.build') || !existsSync(file)) continue;
		const { ctimeMs } = statSync(file);
		const sources = [name, name.replace(/\.js$/, '.ts'), name.replace(/(\.d)?\.c?[jt]s$/, '.cts')];
		if (ctimeMs >= began || sources.some((source) => existsSync(join(root, source)))) continue;
		rmSync(file, { recursive: true });
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
