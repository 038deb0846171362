import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Milliseconds for which a lock that names nobody is taken for one that is just being written. */
const WRITING_MS = 10_000;

/**
 * Makes this process the only owner of what `file` stands for. The lock of a process that has ended
 * is taken over.
 * @returns whether it is ours
 * @throws when the file cannot be written
 */
export function takeLock(file: string): boolean {
	const own = `${process.pid} ${startOf(process.pid)}`;
	for (let tries = 0; tries < 3; tries += 1) {
		try {
			create(file, own);
			return true;
		} catch (error) {
			if (!isCode(error, 'EEXIST')) throw error;
		}
		const holder = read(file);
		if (holder === own) return true;
		if (holder === '' ? isYoung(file) : isAlive(holder)) return false;
		removeStale(file, holder);
	}
	return false;
}

/** Gives the lock up, if it is this process's. */
export function releaseLock(file: string): void {
	if (read(file).startsWith(`${process.pid} `)) rmSync(file, { force: true });
}

/** Of processes that take over at once, one gets the old lock out of the way; a new one is put back. */
function removeStale(file: string, holder: string): void {
	const aside = `${file}.${process.pid}`;
	try {
		if (read(file) !== holder) return;
		renameSync(file, aside);
		const moved = read(aside);
		if (moved !== holder) create(file, moved);
	} catch (error) {
		if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
	} finally {
		rmSync(aside, { force: true });
	}
}

const create = (file: string, text: string): void =>
	writeFileSync(file, text, { flag: 'wx', mode: 0o600 });

const isCode = (error: unknown, code: string): boolean =>
	error instanceof Error && 'code' in error && error.code === code;

function read(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

function isYoung(file: string): boolean {
	const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
	return Math.abs(Date.now() - since) < WRITING_MS;
}

function isAlive(holder: string): boolean {
	const [pidText = '', ...rest] = holder.split(' ');
	const pid = Number(pidText);
	if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
	try {
		process.kill(pid, 0);
	} catch (error) {
		// Without the right to signal it, it is there all the same.
		if (!isCode(error, 'EPERM')) return false;
	}
	return startOf(pid) === rest.join(' ');
}

/** When a process started, as Linux tells it: ids are given again. Empty on other systems. */
function startOf(pid: number): string {
	const stat = read(`/proc/${pid}/stat`);
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
