import {
	closeSync,
	constants,
	fstatSync,
	fsync,
	fsyncSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { tried } from '../../../core/index.js';
import { codeOf } from '../errors.cjs';

/** Bytes up to which a file is not worth rewriting. */
const COMPACT_FROM = 64 * 1024;

/** Bytes that a large file may grow by before it is rewritten. */
const MAX_GROWTH = 16 * 1024 * 1024;

interface Options {
	/** The current line of each key, for a rewrite of the file. */
	contents: () => Iterable<readonly [key: string, line: string]>;
	/** Asked before the file is written as a whole, which would take it from another process. */
	isOurs: () => boolean;
	/** Called once lines are on the medium, before their callers hear of it. */
	onSynced: () => void;
	/** Called when the medium has failed: what is added is only kept then, until `open` has gone well. */
	onFailure: (error: unknown) => void;
	/** Called when the file could not be rewritten: it grows meanwhile. */
	onOvergrown: (error: unknown) => void;
}

/** Where the last line about a key is; it has no place if another process has written it. */
interface Written {
	at?: number;
	bytes: number;
}

/**
 * A file of lines, open for appending, in which the last line about a key counts. What one turn of the event loop
 * adds is written at once, and made durable by one fsync that blocks nothing. It knows what the disk says, also while
 * nothing can be written.
 */
export class LineFile {
	readonly #path: string;
	readonly #options: Options;
	/** Lines that are not written yet, by key; `last` if they end their key. What they tell of has happened. */
	readonly #added = new Map<string, { line: string; last: boolean; happened: boolean }>();
	/** Keys that have a line in the file, or may have: the write of one that failed halfway may have been enough. */
	readonly #written = new Map<string, Written>();
	/** The sum of the bytes of their last lines. */
	#length = 0;
	/** The callers to tell whether everything that was added is on the medium. */
	readonly #waiting: Array<(durable: boolean) => void> = [];
	/** The callers that wait for a place in the file. */
	readonly #trying: Array<() => void> = [];
	/** To be closed once no fsync is under way: it could hit another file. */
	readonly #left: number[] = [];
	#fd = -1;
	#size = 0;
	/** Whether the file may end in the midst of a line. */
	#torn = false;
	#writable = false;
	/** Whether it is not known what the medium has of the file, since an fsync failed. */
	#doubtful = false;
	/** Bytes from which another rewrite is tried, after one that failed. */
	#rewriteFrom = 0;
	#dirty = false;
	#syncing = false;
	#scheduled: NodeJS.Immediate | undefined;

	constructor(path: string, options: Options) {
		this.#path = path;
		this.#options = options;
	}

	/** Takes note of the keys that the file has lines about, as it was read. */
	know(keys: Iterable<string>): void {
		this.#forgetAll();
		for (const key of keys) this.#written.set(key, { bytes: 0 });
	}

	/** To be called when it is ours, and again after a failure. @throws if the medium refuses it */
	open(): void {
		this.#writable = false;
		// What did not go out after all must not look as if it had.
		if (this.#doubtful && this.isInPlace()) tried(() => this.#write());
		const [first, second] = this.#waysToOpen();
		try {
			first();
		} catch (error) {
			if (!second || tried(() => (second(), true)) !== true) throw error;
		}
		this.#writable = true;
		this.#doubtful = false;
	}

	/**
	 * A new owner writes the file as a whole, so that a former one sees that it is another. Where there is no room for
	 * that, lines may still fit, which changes its size.
	 */
	#waysToOpen(): [first: () => void, second?: () => void] {
		const append = () => this.#append();
		const rewrite = () => this.#rewrite();
		if (this.#fd < 0) return [rewrite, append];
		return this.#doubtful || !this.isInPlace() ? [rewrite] : [append, rewrite];
	}

	isWritable(): boolean {
		return this.#writable;
	}

	/** Whether the file has a line about a key, or may have. */
	has(key: string): boolean {
		return this.#written.has(key);
	}

	/** Whether the last line about a key is not in the file, as far as is known. */
	lacks(key: string): boolean {
		return this.#added.has(key);
	}

	/**
	 * Adds a line. It replaces a line about the same key that is not written yet. If what it tells of has `happened`,
	 * it may take the place of the last line where no more fit.
	 */
	add(key: string, line: string, happened = false): void {
		this.#added.set(key, { line, last: false, happened });
		if (this.#writable) this.#schedule();
		else this.#putInPlace([key]);
	}

	/** Adds a line that ends a key, if the file has one about it. */
	remove(key: string, line: string): void {
		if (!this.#written.has(key)) {
			this.#added.delete(key);
			return;
		}
		this.#added.set(key, { line, last: true, happened: true });
		if (this.#writable) this.#schedule();
		else this.#putInPlace([key]);
	}

	/** Counts the line about a key as one that a rewrite leaves out. */
	forget(key: string): void {
		this.#added.delete(key);
		this.#count(key, undefined);
	}

	/** Resolves when everything that was added is on the medium, or, with false, when that has failed. */
	synced(): Promise<boolean> {
		return new Promise((resolve) => {
			if (!this.#writable) return resolve(false);
			this.#waiting.push(resolve);
			this.#schedule();
		});
	}

	/**
	 * Resolves when the file has a place for the line that ends a key, or that has failed. That is the place of its last
	 * line, or a blank one, since this line may find no more room.
	 */
	makePlace(key: string, lastLine: string): Promise<void> {
		return new Promise((resolve) => {
			if (!this.#writable) return resolve();
			const hasPlace = this.#written.get(key)?.at !== undefined || this.#added.has(key);
			if (!hasPlace) this.add(key, blankLike(lastLine));
			this.#trying.push(resolve);
			this.#schedule();
		});
	}

	/** Whether the file of that name is still this one, and nobody else has written to it. */
	isInPlace(): boolean {
		try {
			const [there, here] = [statSync(this.#path), fstatSync(this.#fd)];
			return there.ino === here.ino && there.dev === here.dev && here.size === this.#size;
		} catch {
			return false;
		}
	}

	/** Makes what was added durable, and closes the file. Does not throw. */
	close(): void {
		tried(() => {
			if (this.#fd < 0) return;
			this.#write();
			if (this.#dirty) fsyncSync(this.#fd);
		});
		this.abandon();
	}

	/** Closes the file, writes nothing more, and forgets what it says. */
	abandon(): void {
		this.#writable = false;
		this.#unschedule();
		if (this.#fd >= 0) this.#leave(this.#fd);
		this.#fd = -1;
		this.#doubtful = false;
		this.#forgetAll();
		this.#settle(false);
	}

	#settle(durable: boolean): void {
		settle(this.#trying);
		settle(this.#waiting, durable);
	}

	#forgetAll(): void {
		this.#written.clear();
		this.#length = 0;
	}

	#rewrite(): void {
		if (!this.#options.isOurs()) throw new Error('It belongs to another process');
		const lines = [...this.#options.contents()];
		const fresh = this.#replace(lines.map(([, line]) => line).join(''));
		syncDirectory(dirname(this.#path));
		if (this.#fd >= 0) this.#leave(this.#fd);
		this.#fd = fresh;
		this.#torn = false;
		this.#dirty = false;
		this.#rewriteFrom = 0;
		this.#added.clear();
		this.#forgetAll();
		this.#size = 0;
		for (const [key, line] of lines) {
			const bytes = Buffer.byteLength(line);
			this.#count(key, { at: this.#size, bytes });
			this.#size += bytes;
		}
	}

	/** Puts a file with a text in the place of the present one. @returns its descriptor */
	#replace(text: string): number {
		const next = `${this.#path}.new`;
		// Whatever has that name is neither followed nor written to.
		rmSync(next, { force: true });
		const fresh = openSync(next, NEW_FILE, 0o600);
		try {
			writeAll(fresh, text, 0);
			fsyncSync(fresh);
			renameSync(next, this.#path);
			return fresh;
		} catch (error) {
			this.#leave(fresh);
			// It would take more of the room that is missing.
			tried(() => rmSync(next, { force: true }));
			throw error;
		}
	}

	/** Appends what was added to the file that is there, and makes it durable. */
	#append(): void {
		if (!this.#options.isOurs()) throw new Error('It belongs to another process');
		if (this.#fd < 0) {
			this.#fd = openSync(this.#path, OLD_FILE);
			this.#size = fstatSync(this.#fd).size;
		}
		// It may end in the midst of a line. If nothing was added, the line break shows whether there is room.
		this.#torn = true;
		this.#write();
		fsyncSync(this.#fd);
		this.#dirty = false;
	}

	#write(): void {
		this.#unschedule();
		const isTry = this.#trying.length > 0;
		if (this.#added.size === 0 && !this.#torn && !isTry) return;
		const start = this.#size;
		// Lines of another process must not be written over.
		if (fstatSync(this.#fd).size !== start) throw new Error('Somebody else has written to it');
		const head = this.#torn || this.#added.size === 0 ? '\n' : '';
		let end = start + head.length;
		const added = [...this.#added].map(([key, { line, last }]) => {
			const written = { at: end, bytes: Buffer.byteLength(line) };
			end += written.bytes;
			return { key, line, last, written };
		});
		this.#dirty = true;
		try {
			const text = head + added.map(({ line }) => line).join('');
			writeAll(this.#fd, text, start, (at) => (this.#size = at));
		} catch (error) {
			this.#torn ||= this.#size > start;
			for (const { key, last, written } of added) {
				if (!last && written.at < this.#size) this.#countPart(key, written);
			}
			this.#putInPlace(this.#added.keys());
			throw error;
		}
		this.#torn = false;
		this.#added.clear();
		for (const { key, last, written } of added) this.#count(key, last ? undefined : written);
		const enough = Math.min(4 * this.#length, this.#length + MAX_GROWTH);
		if (this.#size > Math.max(COMPACT_FROM, enough, this.#rewriteFrom)) this.#shrink();
	}

	/** Where no line fits any more, one that tells of what has happened may take the place of the last one of its key. */
	#putInPlace(keys: Iterable<string>): void {
		for (const key of keys) {
			const { line = '', last, happened } = this.#added.get(key) ?? {};
			const { at, bytes = 0 } = this.#written.get(key) ?? {};
			if (!happened || at === undefined || this.#fd < 0) continue;
			const room = bytes - Buffer.byteLength(line);
			if (room < 0) continue;
			const text = `${line.trimEnd()}${' '.repeat(room)}\n`;
			if (tried(() => (writeAll(this.#fd, text, at), true)) !== true) return;
			this.#added.delete(key);
			if (last) this.#count(key, undefined);
		}
	}

	#shrink(): void {
		// If it is not, it is not open any more.
		if (!this.#options.isOurs()) return;
		try {
			this.#rewrite();
		} catch (error) {
			if (this.#rewriteFrom === 0) this.#options.onOvergrown(error);
			this.#rewriteFrom = 2 * this.#size;
		}
	}

	/** Notes the last line of a key; undefined if it has ended. */
	#count(key: string, written: Written | undefined): void {
		this.#length += (written?.bytes ?? 0) - (this.#written.get(key)?.bytes ?? 0);
		if (written) this.#written.set(key, written);
		else this.#written.delete(key);
	}

	/** Notes a line that may be torn: one that is whole stays where others can be put in its place. */
	#countPart(key: string, written: Required<Written>): void {
		if (written.at + written.bytes <= this.#size) this.#count(key, written);
		else if (!this.#written.has(key)) this.#count(key, { bytes: 0 });
	}

	#schedule(): void {
		if (!this.#writable) return;
		this.#scheduled ??= setImmediate(() => {
			try {
				this.#write();
				settle(this.#trying);
				if (this.#waiting.length > 0) this.#sync();
			} catch (error) {
				this.#fail(error);
			}
		});
	}

	#unschedule(): void {
		clearImmediate(this.#scheduled);
		this.#scheduled = undefined;
	}

	#sync(): void {
		if (!this.#writable || this.#syncing) return;
		if (!this.#dirty) return settle(this.#waiting, true);
		const waited = this.#waiting.splice(0);
		const synced = this.#fd;
		this.#syncing = true;
		this.#dirty = false;
		fsync(synced, (error) => {
			this.#syncing = false;
			this.#leave(-1);
			this.#options.onSynced();
			// If the file was rewritten meanwhile, it is durable.
			const failed = error !== null && synced === this.#fd;
			if (failed) {
				this.#doubtful = true;
				this.#fail(error);
			}
			settle(waited, !failed);
			// What came meanwhile is written first, in the turn that is scheduled for it.
			if (this.#waiting.length > 0 && !this.#scheduled) this.#sync();
		});
	}

	#fail(error: unknown): void {
		this.#writable = false;
		this.#unschedule();
		this.#settle(false);
		this.#options.onFailure(error);
	}

	#leave(fd: number): void {
		if (fd >= 0) this.#left.push(fd);
		if (!this.#syncing) for (const one of this.#left.splice(0)) tried(() => closeSync(one));
	}
}

/** Windows has no flag against links. */
const {
	O_RDWR,
	O_CREAT,
	O_EXCL,
	O_NOFOLLOW = 0,
} = constants as Partial<typeof constants> &
	Pick<typeof constants, 'O_RDWR' | 'O_CREAT' | 'O_EXCL'>;

const NEW_FILE = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

const OLD_FILE = O_RDWR | O_NOFOLLOW;

function blankLike(line: string): string {
	return `${' '.repeat(Buffer.byteLength(line) - 1)}\n`;
}

function settle(waiting: Array<(durable: boolean) => void>, durable = true): void {
	for (const resolve of waiting.splice(0)) resolve(durable);
}

/** `onPart` hears where the text ends that is written so far. */
function writeAll(fd: number, text: string, start: number, onPart?: (end: number) => void): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; onPart?.(start + at)) {
		at += writeSync(fd, bytes, at, bytes.length - at, start + at);
	}
}

/** A renamed file is only safe once its directory is on the medium. Windows does not offer that. */
function syncDirectory(directory: string): void {
	tried(() => {
		const fd = openSync(directory, 'r');
		try {
			fsyncSync(fd);
		} finally {
			closeSync(fd);
		}
	});
}

/** The text of a file; empty if there is none. @throws if it cannot be read */
export function readIfThere(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return '';
		throw error;
	}
}
