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
import { tried } from '../../../core';
import { codeOf } from '../errors';

/** Milliseconds between two touches by the owner. */
export const TOUCH_MS = 2_000;

/** After this many milliseconds without a touch, the owner counts as gone. */
export const GONE_MS = 7_000;

/**
 * Identifies the numbering of process ids here: the current boot of the kernel and, in a container, the container's
 * own numbering. Empty if the system does not provide it.
 */
export const HERE = numberingOfIds();

function numberingOfIds(): string {
	const boot = tried(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
	const ids = tried(() => readlinkSync('/proc/self/ns/pid'));
	return boot && ids ? `${boot}/${ids}` : '';
}

/**
 * A lock file that names its owner. The owner touches the file every few seconds as long as it lives. Only a process
 * with the same numbering of process ids can tell at once that the owner has ended.
 */
export class Lock {
	readonly #file: string;
	/** A clock in milliseconds that is never adjusted. */
	readonly #now: () => number;
	readonly #own = [process.pid, HERE, randomUUID()].join(' ');
	/** The file's contents as last seen, and since when they have not changed. */
	#seen = { state: '', since: 0 };
	#inUse = false;

	constructor(file: string, now: () => number = () => performance.now()) {
		this.#file = file;
		this.#now = now;
	}

	/**
	 * Tries to get the lock. Call this again every few seconds, because it may take time to notice that an owner is
	 * gone.
	 * @returns whether the lock is ours
	 * @throws if the file cannot be written, although no process owns it
	 */
	take(): boolean {
		for (let tries = 0; tries < 3; tries += 1) {
			if (create(this.#file, this.#own)) {
				this.#seen = { state: '', since: 0 };
				this.#inUse = false;
				return true;
			}
			const lock = readLock(this.#file);
			if (lock === undefined) continue;
			if (lock.owner === this.#own) return this.touch();
			if (!this.#isGone(lock)) return false;
			removeStale(this.#file, lock.owner);
		}
		if (readLock(this.#file) !== undefined) return false;
		throw new Error(`${this.#file} can be neither made nor read: remove it if it is a link`);
	}

	/** Whether the owner certainly lives: it touched the file while we watched. */
	isInUse(): boolean {
		return this.#inUse;
	}

	/**
	 * Whether the lock is ours. If the file is missing, it is created again if `isUntouched` reports that no other
	 * process has owned the lock in the meantime.
	 */
	isOurs(isUntouched: () => boolean = () => false): boolean {
		try {
			const lock = readLock(this.#file);
			if (lock || !isUntouched()) return lock?.owner === this.#own;
			const isMade = tried(() => create(this.#file, this.#own)) === true;
			// If there is no space for the file, or a link in its place, nobody else can create it either.
			return isMade || readLock(this.#file) === undefined;
		} catch {
			// A lock that cannot be read cannot have been taken.
			return true;
		}
	}

	/** Touches the file. @returns whether the lock is still ours */
	touch(): boolean {
		if (!this.isOurs()) return false;
		const touched = new Date();
		tried(() => utimesSync(this.#file, touched, touched));
		return true;
	}

	/** Releases the lock, if it is ours. */
	release(): void {
		// If removing the file fails, the next process notices that nobody touches it.
		tried(() => readLock(this.#file)?.owner === this.#own && rmSync(this.#file, { force: true }));
	}

	#isGone({ owner, touchedAt }: LockState): boolean {
		const state = `${touchedAt} ${owner}`;
		if (state !== this.#seen.state) {
			this.#inUse = this.#seen.state !== '';
			this.#seen = { state, since: this.#now() };
		}
		const [pid, numbering] = owner.split(' ');
		const hasEnded = HERE !== '' && numbering === HERE && !isProcess(Number(pid));
		return hasEnded || this.#now() - this.#seen.since >= GONE_MS;
	}
}

interface LockState {
	/** The owner's name: its process id, the numbering of process ids, and a random id. */
	owner: string;
	/** When the file was last touched: milliseconds since the epoch, by the clock of the machine that stores the file. */
	touchedAt: number;
}

/** Reads the lock file; undefined if it does not exist. Opened each time, so that a network file system checks again. */
function readLock(file: string): LockState | undefined {
	let fd: number;
	try {
		fd = openSync(file, 'r');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		throw error;
	}
	try {
		return { owner: readFileSync(fd, 'utf8'), touchedAt: fstatSync(fd).mtimeMs };
	} finally {
		closeSync(fd);
	}
}

/** If several processes take over at once, only one moves the old lock away. A new lock is put back. */
function removeStale(file: string, holder: string): void {
	const aside = `${file}.${process.pid}-${randomUUID()}`;
	try {
		if (readLock(file)?.owner !== holder) return;
		renameSync(file, aside);
		const moved = readLock(aside)?.owner ?? '';
		if (moved !== holder) create(file, moved);
	} catch (error) {
		if (codeOf(error) !== 'ENOENT') throw error;
	} finally {
		rmSync(aside, { force: true });
	}
}

/** @returns false if the file already exists */
function create(file: string, owner: string): boolean {
	try {
		writeFileSync(file, owner, { flag: 'wx', mode: 0o600 });
		return true;
	} catch (error) {
		if (codeOf(error) === 'EEXIST') return false;
		// On a full disk, the file may be created without its whole contents.
		const left = readLock(file)?.owner;
		if (left !== undefined && owner.startsWith(left)) rmSync(file, { force: true });
		throw error;
	}
}

/** Whether a process with this id exists, even one that we may not signal. */
function isProcess(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return codeOf(error) === 'EPERM';
	}
}
