import { randomUUID } from 'node:crypto';
import {
	closeSync,
	fstatSync,
	openSync,
	readFileSync,
	readlinkSync,
	renameSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';

/**
 * A file that says who owns something, while its owner lives. Processes of one system know of each
 * other whether they live; those of other containers and machines only see whether the owner still
 * touches the file.
 */
export interface Lock {
	/**
	 * Tries to get it. To be called again every few seconds: that an owner elsewhere is gone shows
	 * only over time.
	 * @returns whether it is ours
	 * @throws if the file cannot be written, though nobody owns it
	 */
	take(): boolean;
	/** Whether `take` would get it. Looks only, so that time already counts before it may be taken. */
	isFree(): boolean;
	/** Whether, by the last look, its owner certainly lives: it touched it while we watched. */
	isInUse(): boolean;
	/** Touches it. @returns whether it is still ours */
	keep(): boolean;
	/** Gives it up, if it is ours. */
	release(): void;
}

/** Milliseconds between two touches of the owner. */
export const TOUCH_MS = 2_000;

/** Milliseconds without a touch, after which an owner elsewhere is taken to be gone. */
export const GONE_MS = 15_000;

/**
 * The same if the owner ran on this machine since it was started, as the process of a container that has
 * been started again: one clock for both. An owner looks again before it writes after 3 × `TOUCH_MS`.
 */
export const GONE_HERE_MS = 7_000;

/** Milliseconds for which a file that names nobody is taken for one that is just being written. */
const WRITING_MS = 10_000;

/** `now` is a clock in milliseconds that is never set. */
export function createLock(file: string, now: () => number = () => performance.now()): Lock {
	const own = [process.pid, startOf(process.pid), HERE, randomUUID()].join(' ');
	/** What others have left in the file, and since when nothing has changed about it. */
	let seen = { look: '', since: 0 };
	let inUse = false;

	/** Milliseconds for which the file has not been touched, as far as we have watched. */
	const untouchedFor = ({ text, touchedAt }: Look) => {
		const look = `${touchedAt} ${text}`;
		if (look !== seen.look) {
			inUse = seen.look !== '';
			seen = { look, since: now() };
		}
		return now() - seen.since;
	};

	const isGone = (look: Look) => {
		if (look.text === '') return untouchedFor(look) >= WRITING_MS || isOld(look);
		const owner = parse(look.text);
		const lives = owner && owner.place === HERE ? isSameProcess(owner) : undefined;
		// Where a process id says no more than itself, it may have been given again.
		if (lives !== undefined && (owner?.start !== '' || !lives)) {
			inUse = lives;
			return !lives;
		}
		const limit = owner && isSameBoot(owner.place) ? GONE_HERE_MS : GONE_MS;
		return untouchedFor(look) >= limit;
	};

	return {
		take() {
			for (let tries = 0; tries < 3; tries += 1) {
				if (create(file, own)) return true;
				const look = lookAt(file);
				if (look === undefined) continue;
				if (look.text === own) return this.keep();
				if (!isGone(look)) return false;
				removeStale(file, look.text);
			}
			return false;
		},
		isFree() {
			const look = lookAt(file);
			return look === undefined || look.text === own || isGone(look);
		},
		isInUse: () => inUse,
		keep() {
			try {
				if (lookAt(file)?.text !== own) return false;
				const touched = new Date();
				utimesSync(file, touched, touched);
				return true;
			} catch {
				// Nobody can have taken what cannot be written.
				return true;
			}
		},
		release() {
			if (lookAt(file)?.text === own) rmSync(file, { force: true });
		},
	};
}

interface Owner {
	pid: number;
	/** When it started, where the system tells. */
	start: string;
	place: string;
}

/** Undefined if it is not a lock of ours. Earlier versions wrote no place: theirs was this system. */
function parse(text: string): Owner | undefined {
	const [pid = '', start = '', place = HERE] = text.split(' ');
	return { pid: Number(pid), start, place };
}

interface Look {
	text: string;
	/** Milliseconds since the epoch, by whoever keeps the file. */
	touchedAt: number;
}

/** Undefined if there is no file. Opened each time: a network file system then looks again. */
function lookAt(file: string): Look | undefined {
	let fd: number;
	try {
		fd = openSync(file, 'r');
	} catch (error) {
		if (isCode(error, 'ENOENT')) return undefined;
		throw error;
	}
	try {
		return { text: readFileSync(fd, 'utf8'), touchedAt: fstatSync(fd).mtimeMs };
	} finally {
		closeSync(fd);
	}
}

const isOld = ({ touchedAt }: Look): boolean => Math.abs(Date.now() - touchedAt) >= WRITING_MS;

/** Of processes that take over at once, one gets the old lock out of the way; a new one is put back. */
function removeStale(file: string, holder: string): void {
	const aside = `${file}.${process.pid}-${randomUUID()}`;
	try {
		if (lookAt(file)?.text !== holder) return;
		renameSync(file, aside);
		const moved = lookAt(aside)?.text ?? '';
		if (moved !== holder) create(file, moved);
	} catch (error) {
		if (!isCode(error, 'ENOENT')) throw error;
	} finally {
		rmSync(aside, { force: true });
	}
}

/** @returns false if there is such a file already */
function create(file: string, text: string): boolean {
	try {
		writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
		return true;
	} catch (error) {
		if (isCode(error, 'EEXIST')) return false;
		// A full disk takes the name, but not the text.
		if (lookAt(file)?.text === '') rmSync(file, { force: true });
		throw error;
	}
}

const isCode = (error: unknown, code: string): boolean =>
	error instanceof Error && 'code' in error && error.code === code;

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
