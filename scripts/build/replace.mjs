import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesBelow } from './files.mjs';

/**
 * Makes one folder's content that of another on the same disk, file by file: each is replaced in
 * one step, so that a process that reads the folder finds every file at any time, old or new. What
 * has not changed stays untouched; what is no longer there is removed at the end.
 * @param {string} from is emptied
 * @param {string} to
 * @param {(name: string) => boolean} keep what else stays in `to`, by the last part of its path
 */
export function replaceContent(from, to, keep) {
	const wanted = filesBelow(from);
	const leftovers = filesBelow(to, keep).filter((name) => !wanted.includes(name));
	const blocks = (/** @type {string} */ name) =>
		wanted.some((one) => one.startsWith(`${name}/`) || name.startsWith(`${one}/`));
	// Where a file becomes a folder, or the other way round, there is no single step.
	const blocking = leftovers.filter(blocks);
	for (const name of blocking) remove(to, name);
	for (const name of wanted) {
		const target = join(to, name);
		if (existsSync(target) && readFileSync(target).equals(readFileSync(join(from, name)))) continue;
		mkdirSync(dirname(target), { recursive: true });
		renameSync(join(from, name), target);
	}
	for (const name of leftovers) if (!blocking.includes(name)) remove(to, name);
}

/** Removes a file, and the folders that it leaves empty. @param {string} root @param {string} name */
function remove(root, name) {
	rmSync(join(root, name), { force: true });
	for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) {
		try {
			rmdirSync(join(root, folder));
		} catch {
			return;
		}
	}
}
