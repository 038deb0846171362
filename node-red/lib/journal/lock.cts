import { readFileSync, rmSync, writeFileSync } from 'node:fs';

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
			writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
			return true;
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
		}
		const holder = read(file);
		if (holder === own) return true;
		if (isAlive(holder)) return false;
		rmSync(file, { force: true });
	}
	return false;
}

/** Gives the lock up, if it is this process's. */
export function releaseLock(file: string): void {
	if (read(file).startsWith(`${process.pid} `)) rmSync(file, { force: true });
}

function read(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

function isAlive(holder: string): boolean {
	const [pidText = '', ...rest] = holder.split(' ');
	const pid = Number(pidText);
	if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
	try {
		process.kill(pid, 0);
	} catch (error) {
		// Without the right to signal it, it is there all the same.
		if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
	}
	return startOf(pid) === rest.join(' ');
}

/** When a process started, as Linux tells it: ids are given again. Empty on other systems. */
function startOf(pid: number): string {
	const stat = read(`/proc/${pid}/stat`);
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
