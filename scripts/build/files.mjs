import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The files below a folder, by relative path with slashes, sorted; none where there is no folder.
 * @param {string} folder
 * @param {(name: string) => boolean} [skip] files and folders to leave out, by the last part of their path
 * @returns {string[]}
 */
export function filesBelow(folder, skip = () => false) {
	/** @type {string[]} */
	const found = [];
	/** @param {string} prefix */
	const walk = (prefix) => {
		for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
			if (skip(entry.name)) continue;
			if (entry.isDirectory()) walk(`${prefix}${entry.name}/`);
			else found.push(prefix + entry.name);
		}
	};
	try {
		walk('');
	} catch (error) {
		if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
	}
	return found.sort();
}

/**
 * Changes when the content or the name of any of the files does.
 * @param {string} folder
 * @param {string[]} names
 */
export function digestOfContents(folder, names) {
	const hash = createHash('sha256');
	for (const name of names) hash.update(`${name}\0`).update(readFileSync(join(folder, name)));
	return hash.digest('hex');
}

/**
 * Changes when any of the files is written, added or removed: cheaper than their contents.
 * @param {string} folder
 * @param {string[]} names
 */
export function digestOfStates(folder, names) {
	const hash = createHash('sha256');
	for (const name of names) {
		const { size, mtimeMs } = statSync(join(folder, name));
		hash.update(`${name}\0${size}\0${mtimeMs}\0`);
	}
	return hash.digest('hex');
}
