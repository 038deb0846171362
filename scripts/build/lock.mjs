import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does some work while no other process does it. A lock whose process has ended does not count.
 * @template T
 * @param {string} file holds the process id of the owner while the work lasts
 * @param {() => Promise<T>} work
 * @param {{onWait?: () => void}} [options] `onWait` is called once when another process holds the lock
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait = () => undefined } = {}) {
	mkdirSync(dirname(file), { recursive: true });
	for (let told = false; tryLock(file) !== undefined; await sleep(100)) {
		if (!told) onWait();
		told = true;
	}
	try {
		return await work();
	} finally {
		rmSync(file, { force: true });
	}
}

/**
 * Takes the lock, or tells who has it.
 * @param {string} file in an existing folder
 * @returns {number | undefined} the process id of the owner, NaN where it is just changing; none: it is ours
 */
export function tryLock(file) {
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

/** @param {number} pid NaN: the owner has just gone; 0: it has not yet written its id */
function isAlive(pid) {
	if (!(pid > 0)) return true;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
	}
}
