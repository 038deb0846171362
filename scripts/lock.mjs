import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a lock, or says who has it. The lock of a process that has ended does not count.
 * @param {string} file holds the process id of the owner
 * @returns {number | undefined} the owner's process id, NaN while the lock changes hands; undefined: it is ours
 */
export function tryLock(file) {
	mkdirSync(dirname(file), { recursive: true });
	for (;;) {
		try {
			writeFileSync(file, String(process.pid), { flag: 'wx' });
			return undefined;
		} catch (error) {
			if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
		}
		const owner = ownerOf(file);
		if (isAlive(owner)) return owner;
		rmSync(file, { force: true });
	}
}

/** @param {string} file */
function ownerOf(file) {
	try {
		return Number(readFileSync(file, 'utf8'));
	} catch {
		return NaN;
	}
}

/** @param {number} pid NaN: the owner has just gone; 0: it has not written its id yet */
function isAlive(pid) {
	if (!(pid > 0)) return true;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
	}
}
