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
import { tried } from '../../../core/index.js';
import { codeOf } from '../errors.cjs';

/** Milliseconds between two touches of the owner. */
export const TOUCH_MS = 2_000;

/** Milliseconds without a touch, after which the owner is taken to be gone. */
export const GONE_MS = 7_000;

/**
 * Names what process ids here count in: this start of the kernel and, in a container, the container's own numbering.
 * Empty where the system does not tell.
 */
export const HERE = placeOfOwn();

function placeOfOwn(): string {
	const boot = tried(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
	const ids = tried(() => readlinkSync('/proc/self/ns/pid'));
	return boot && ids ? `${boot}/${ids}` : '';
}

/**
 * A file that says who owns something, while its owner lives: that one touches it every few seconds. Only a process
 * of the same numbering can tell at once that the owner has ended.
 */
export class Lock {
	readonly #file: string;
	/** A clock in milliseconds that is never set. */
	readonly #now: () => number;
	readonly #own = [process.pid, HERE, randomUUID()].join(' ');
	/** What others have left in the file, and since when nothing has changed about it. */
	#seen = { look: '', since: 0 };
	#inUse = false;

	constructor(file: string, now: () => number = () => performance.now()) {
		this.#file = file;
		this.#now = now;
	}

	/**
	 * Tries to get it. To be called again every few seconds: that an owner is gone may show only over time.
	 * @returns whether it is ours
	 * @throws if the file cannot be written, though no process owns it
	 */
	take(): boolean {
		for (let tries = 0; tries < 3; tries += 1) {
			if (create(this.#file, this.#own)) {
				this.#seen = { look: '', since: 0 };
				this.#inUse = false;
				return true;
			}
			const look = lookAt(this.#file);
			if (look === undefined) continue;
			if (look.text === this.#own) return this.touch();
			if (!this.#isGone(look)) return false;
			removeStale(this.#file, look.text);
		}
		if (lookAt(this.#file) !== undefined) return false;
		throw new Error(`${this.#file} can be neither made nor read: remove it if it is a link`);
	}

	/** Whether its owner certainly lives: it touched it while we watched. */
	isInUse(): boolean {
		return this.#inUse;
	}

	/**
	 * Whether it is ours. If it is missing, it is made again where `isUntouched` says that no other process has owned
	 * it meanwhile.
	 */
	isOurs(isUntouched: () => boolean = () => false): boolean {
		try {
			const look = lookAt(this.#file);
			if (look || !isUntouched()) return look?.text === this.#own;
			const isMade = tried(() => create(this.#file, this.#own)) === true;
			// Where there is no room for it, or a link in its place, nobody else can make it either.
			return isMade || lookAt(this.#file) === undefined;
		} catch {
			// A lock that cannot be read cannot have been taken.
			return true;
		}
	}

	/** Touches it. @returns whether it is still ours */
	touch(): boolean {
		if (!this.isOurs()) return false;
		const touched = new Date();
		tried(() => utimesSync(this.#file, touched, touched));
		return true;
	}

	/** Gives it up, if it is ours. */
	release(): void {
		// If that fails, the next process sees that the lock is not touched.
		tried(() => lookAt(this.#file)?.text === this.#own && rmSync(this.#file, { force: true }));
	}

	#isGone({ text, touchedAt }: Look): boolean {
		const look = `${touchedAt} ${text}`;
		if (look !== this.#seen.look) {
			this.#inUse = this.#seen.look !== '';
			this.#seen = { look, since: this.#now() };
		}
		const [pid, place] = text.split(' ');
		const hasEnded = HERE !== '' && place === HERE && !isProcess(Number(pid));
		return hasEnded || this.#now() - this.#seen.since >= GONE_MS;
	}
}

interface Look {
	text: string;
	/** Milliseconds since the epoch, by the clock of the machine that stores the file. */
	touchedAt: number;
}

/** Undefined if there is no file. Opened each time: a network file system then looks again. */
function lookAt(file: string): Look | undefined {
	let fd: number;
	try {
		fd = openSync(file, 'r');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		throw error;
	}
	try {
		return { text: readFileSync(fd, 'utf8'), touchedAt: fstatSync(fd).mtimeMs };
	} finally {
		closeSync(fd);
	}
}

/** If several processes take over at once, only one moves the old lock away; a new lock is put back. */
function removeStale(file: string, holder: string): void {
	const aside = `${file}.${process.pid}-${randomUUID()}`;
	try {
		if (lookAt(file)?.text !== holder) return;
		renameSync(file, aside);
		const moved = lookAt(aside)?.text ?? '';
		if (moved !== holder) create(file, moved);
	} catch (error) {
		if (codeOf(error) !== 'ENOENT') throw error;
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
		if (codeOf(error) === 'EEXIST') return false;
		// A full disk takes the name, but not the whole text.
		const left = lookAt(file)?.text;
		if (left !== undefined && text.startsWith(left)) rmSync(file, { force: true });
		throw error;
	}
}

/** Whether there is a process with that id, even one that we may not signal. */
function isProcess(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return codeOf(error) === 'EPERM';
	}
}
