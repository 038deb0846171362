import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names the system whose process ids are ours: the start of its kernel and, in a container, the
 * container's own numbering. Where the system does not tell, its host name.
 */
export const HERE = placeOfOwn();

function placeOfOwn(): string {
	const boot = readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
	const ids = readOr('', () => readlinkSync('/proc/self/ns/pid'));
	return boot && ids ? `${boot}/${ids}` : `host:${encodeURIComponent(hostname())}`;
}

/** Whether a place is in this machine, since the same start of its kernel. */
export function isSameBoot(place: string): boolean {
	const [boot, ids] = HERE.split('/');
	return ids !== undefined && place.startsWith(`${boot}/`);
}

/** Whether the process with that id lives and is the one that started then. */
export function isSameProcess({ pid, start }: { pid: number; start: string }): boolean {
	if (!Number.isInteger(pid) || pid <= 0) return false;
	try {
		process.kill(pid, 0);
	} catch (error) {
		// Without the right to signal it, it is there anyway.
		if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
	}
	const [state, ...more] = statOf(pid);
	// A zombie: it has ended, and its parent has not yet asked how.
	if (state === 'Z' || state === 'X') return false;
	return (more[18] ?? '') === start;
}

/** When a process started, as Linux tells it: ids are given again. Empty on other systems. */
export function startOf(pid: number): string {
	return statOf(pid)[19] ?? '';
}

/** What Linux tells of a process from its state on. The name before that may hold blanks. */
function statOf(pid: number): string[] {
	const stat = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
	return stat === '' ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOr<T>(fallback: T, read: () => T): T {
	try {
		return read();
	} catch {
		return fallback;
	}
}
