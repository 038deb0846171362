// One build at a time, none where nothing has changed, and none that pulls files from under a reader.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOfContents, digestOfStates, filesBelow } from './files.mjs';
import { withLock } from './lock.mjs';
import { replaceContent } from './replace.mjs';

/** In `dist`: the lock, the new files until they are whole, and what the last build was made of. */
const WORK = '.build';

/** What no build reads. */
const NOT_READ = new Set([
	...['.git', '.github', '.ci', '.githooks', 'node_modules', 'dist', 'output', 'coverage'],
	...['test', 'bench', 'docs', 'examples', 'workflows'],
]);

/** Nor texts, and what `npm pack` leaves behind. @param {string} name */
const isNotRead = (name) => NOT_READ.has(name) || /\.(md|tgz)$/.test(name);

/**
 * One at a time: who comes later waits, and finds the work done.
 * @param {string} target
 * @param {object} options
 * @param {string} options.read the folder of the sources
 * @param {(folder: string) => Promise<void>} options.make fills an empty folder
 * @param {(line: string) => void} [options.log]
 */
export async function buildInto(target, { read, make, log = () => undefined }) {
	const work = join(target, WORK);
	const onWait = () => log('Another build is at work: waiting for it.');
	await withLock(join(work, 'lock'), () => buildUnlessDone(), { onWait });

	async function buildUnlessDone() {
		const sources = filesBelow(read, isNotRead);
		const inputs = digestOfContents(read, sources);
		const state = () =>
			digestOfStates(
				target,
				filesBelow(target, (name) => name === WORK),
			);
		const record = join(work, 'made.json');
		if (isMade(record, { inputs, outputs: state() })) {
			log('Nothing has changed since the last build.');
			return;
		}
		for (const name of readdirSync(work).filter((one) => one.startsWith('next-'))) {
			rmSync(join(work, name), { recursive: true, force: true });
		}
		const next = mkdtempSync(join(work, 'next-'));
		try {
			await make(next);
			replaceContent(next, target, (name) => name === WORK);
			writeFileSync(record, JSON.stringify({ inputs, outputs: state() }));
		} finally {
			rmSync(next, { recursive: true, force: true });
		}
	}
}

/** @param {string} record @param {{inputs: string, outputs: string}} wanted */
function isMade(record, { inputs, outputs }) {
	try {
		const made = JSON.parse(readFileSync(record, 'utf8'));
		return made.inputs === inputs && made.outputs === outputs;
	} catch {
		return false;
	}
}
