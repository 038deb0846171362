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
import { tried } from '../../../core';
import { codeOf } from '../errors';

/** Smaller files (in bytes) are not worth rewriting. */
const COMPACT_FROM = 64 * 1024;

/** A large file may grow by this many bytes before it is rewritten. */
const MAX_GROWTH = 16 * 1024 * 1024;

interface Options {
	/** The current line of each key, for a rewrite of the file. */
	contents: () => Iterable<readonly [key: string, line: string]>;
	/** Called before the whole file is rewritten, which would take it from another process. */
	isOurs: () => boolean;
	/** Called once lines are on disk, before the callers are told. */
	onSynced: () => void;
	/** Called when the disk has failed. Added lines are then only kept in memory, until `open` succeeds. */
	onFailure: (error: unknown) => void;
	/** Called when the file could not be rewritten and therefore keeps growing. */
	onOvergrown: (error: unknown) => void;
}

/** The position of the last line for a key. The position is absent if another process wrote the line. */
interface Written {
	at?: number;
	bytes: number;
}

/**
 * A file of lines, open for appending, in which the last line for a key counts. Lines added in one turn of the event
 * loop are written together, and made durable by one fsync that does not block the process. The object knows which
 * lines are on disk, even while nothing can be written.
 */
export class LineFile {
	readonly #path: string;
	readonly #options: Options;
	/**
	 * Lines that are not written yet, by key. `last`: the line ends its key. `happened`: the line reports something that
	 * has already happened.
	 */
	readonly #added = new Map<string, { line: string; last: boolean; happened: boolean }>();
	/** Keys that have, or may have, a line in the file: a write that failed halfway may have written enough. */
	readonly #written = new Map<string, Written>();
	/** The total size of the last lines, in bytes. */
	#length = 0;
	/** Callers that wait until all added lines are on disk. */
	readonly #waiting: Array<(durable: boolean) => void> = [];
	/** Callers that wait for space in the file. */
	readonly #trying: Array<() => void> = [];
	/** File descriptors to close once no fsync is running, since the fsync could otherwise hit another file. */
	readonly #left: number[] = [];
	#fd = -1;
	#size = 0;
	/** Whether the file may end in the middle of a line. */
	#torn = false;
	#writable = false;
	/** Whether an fsync has failed, so that nobody knows what is on disk. */
	#doubtful = false;
	/** After a failed rewrite, the file size in bytes at which another rewrite is tried. */
	#rewriteFrom = 0;
	#dirty = false;
	#syncing = false;
	#scheduled: NodeJS.Immediate | undefined;

	constructor(path: string, options: Options) {
		this.#path = path;
		this.#options = options;
	}

	/** Records the keys that have lines in the file, as it was read. */
	setKeys(keys: Iterable<string>): void {
		this.#forgetAll();
		for (const key of keys) this.#written.set(key, { bytes: 0 });
	}

	/** Call this when the file is ours, and again after a failure. @throws if the disk refuses the file */
	open(): void {
		this.#writable = false;
		// Lines that were not written after all must not look as if they were.
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
	 * A new owner rewrites the whole file, so that a former owner sees that the file has changed. If there is no space
	 * for a rewrite, single lines may still fit; they change the file's size, which also shows.
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

	/** Whether the file has, or may have, a line for a key. */
	has(key: string): boolean {
		return this.#written.has(key);
	}

	/** Whether the last line for a key is missing in the file, as far as is known. */
	lacks(key: string): boolean {
		return this.#added.has(key);
	}

	/**
	 * Adds a line. It replaces an unwritten line for the same key. If the line reports something that has `happened`, it
	 * may overwrite the last line of its key when no more lines fit.
	 */
	add(key: string, line: string, happened = false): void {
		this.#added.set(key, { line, last: false, happened });
		if (this.#writable) this.#schedule();
		else this.#putInPlace([key]);
	}

	/** Adds a line about other keys. A rewrite leaves it out, because the lines of those keys say the same by then. */
	note(key: string, line: string): void {
		this.#added.set(key, { line, last: true, happened: false });
		this.#schedule();
	}

	/** Adds the line that marks the end of a key, if the file has a line for that key. */
	remove(key: string, line: string): void {
		if (!this.#written.has(key)) {
			this.#added.delete(key);
			return;
		}
		this.#added.set(key, { line, last: true, happened: true });
		if (this.#writable) this.#schedule();
		else this.#putInPlace([key]);
	}

	/** Marks the line for a key as one that a rewrite leaves out. */
	forget(key: string): void {
		this.#added.delete(key);
		this.#count(key, undefined);
	}

	/** Resolves with true when all added lines are on disk, or with false when writing has failed. */
	synced(): Promise<boolean> {
		return new Promise((resolve) => {
			if (!this.#writable) return resolve(false);
			this.#waiting.push(resolve);
			this.#schedule();
		});
	}

	/**
	 * Resolves when the file has space for the line that ends a key, or when that has failed. The space is that of the
	 * key's last line, or a blank line, since later there may be no space left.
	 */
	makeRoom(key: string, lastLine: string): Promise<void> {
		return new Promise((resolve) => {
			if (!this.#writable) return resolve();
			const hasRoom = this.#written.get(key)?.at !== undefined || this.#added.has(key);
			if (!hasRoom) this.add(key, blankLike(lastLine));
			this.#trying.push(resolve);
			this.#schedule();
		});
	}

	/** Whether the path still leads to this file, and nobody else has written to it. */
	isInPlace(): boolean {
		try {
			const [there, here] = [statSync(this.#path), fstatSync(this.#fd)];
			return there.ino === here.ino && there.dev === here.dev && here.size === this.#size;
		} catch {
			return false;
		}
	}

	/** Makes all added lines durable, and closes the file. Never throws. */
	close(): void {
		tried(() => {
			if (this.#fd < 0) return;
			this.#write();
			if (this.#dirty) fsyncSync(this.#fd);
		});
		this.abandon();
	}

	/** Closes the file, stops writing, and forgets its contents. */
	abandon(): void {
		this.#writable = false;
		this.#unschedule();
		if (this.#fd >= 0) this.#leave(this.#fd);
		this.#fd = -1;
		this.#doubtful = false;
		this.#forgetAll();
		this.#resolveAll(false);
	}

	#resolveAll(durable: boolean): void {
		resolveAll(this.#trying);
		resolveAll(this.#waiting, durable);
	}

	#forgetAll(): void {
		this.#written.clear();
		this.#length = 0;
	}

	#rewrite(): void {
		if (!this.#options.isOurs()) throw new Error('Another process has taken over the journal');
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

	/** Replaces the file with a new one that has these contents. @returns the descriptor of the new file */
	#replace(contents: string): number {
		const next = `${this.#path}.new`;
		// Any file or link of that name is removed, not followed or written to.
		rmSync(next, { force: true });
		const fresh = openSync(next, NEW_FILE, 0o600);
		try {
			writeAll(fresh, contents, 0);
			fsyncSync(fresh);
			renameSync(next, this.#path);
			return fresh;
		} catch (error) {
			this.#leave(fresh);
			// The new file would use more of the space that is missing.
			tried(() => rmSync(next, { force: true }));
			throw error;
		}
	}

	/** Appends the added lines to the existing file, and makes them durable. */
	#append(): void {
		if (!this.#options.isOurs()) throw new Error('Another process has taken over the journal');
		if (this.#fd < 0) {
			this.#fd = openSync(this.#path, OLD_FILE);
			this.#size = fstatSync(this.#fd).size;
		}
		// The file may end in the middle of a line. If no line was added, the line break shows whether there is space.
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
		// Lines of another process must not be overwritten.
		if (fstatSync(this.#fd).size !== start)
			throw new Error('Another process has written to the journal');
		const head = this.#torn || this.#added.size === 0 ? '\n' : '';
		let position = start + head.length;
		const added = [...this.#added].map(([key, { line, last }]) => {
			const written = { at: position, bytes: Buffer.byteLength(line) };
			position += written.bytes;
			return { key, line, last, written };
		});
		this.#dirty = true;
		try {
			const lines = head + added.map(({ line }) => line).join('');
			writeAll(this.#fd, lines, start, (at) => (this.#size = at));
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

	/** When no more lines fit, a line about something that has happened may overwrite the last line of its key. */
	#putInPlace(keys: Iterable<string>): void {
		for (const key of keys) {
			const { line = '', last, happened } = this.#added.get(key) ?? {};
			const { at, bytes = 0 } = this.#written.get(key) ?? {};
			if (!happened || at === undefined || this.#fd < 0) continue;
			const room = bytes - Buffer.byteLength(line);
			if (room < 0) continue;
			const padded = `${line.trimEnd()}${' '.repeat(room)}\n`;
			if (tried(() => (writeAll(this.#fd, padded, at), true)) !== true) return;
			this.#added.delete(key);
			if (last) this.#count(key, undefined);
		}
	}

	#shrink(): void {
		// If the file is not ours, it is not open any more.
		if (!this.#options.isOurs()) return;
		try {
			this.#rewrite();
		} catch (error) {
			if (this.#rewriteFrom === 0) this.#options.onOvergrown(error);
			this.#rewriteFrom = 2 * this.#size;
		}
	}

	/** Records the last line of a key; undefined if the key has ended. */
	#count(key: string, written: Written | undefined): void {
		this.#length += (written?.bytes ?? 0) - (this.#written.get(key)?.bytes ?? 0);
		if (written) this.#written.set(key, written);
		else this.#written.delete(key);
	}

	/** Records a line that may be torn. A whole line keeps its position, so that other lines can replace it. */
	#countPart(key: string, written: Required<Written>): void {
		if (written.at + written.bytes <= this.#size) this.#count(key, written);
		else if (!this.#written.has(key)) this.#count(key, { bytes: 0 });
	}

	#schedule(): void {
		if (!this.#writable) return;
		this.#scheduled ??= setImmediate(() => {
			try {
				this.#write();
				resolveAll(this.#trying);
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
		if (!this.#dirty) return resolveAll(this.#waiting, true);
		const waited = this.#waiting.splice(0);
		const synced = this.#fd;
		this.#syncing = true;
		this.#dirty = false;
		fsync(synced, (error) => {
			this.#syncing = false;
			this.#leave(-1);
			this.#options.onSynced();
			// If the file was rewritten in the meantime, it is durable.
			const failed = error !== null && synced === this.#fd;
			if (failed) {
				this.#doubtful = true;
				this.#fail(error);
			}
			resolveAll(waited, !failed);
			// Lines added in the meantime are written first, in the turn scheduled for them.
			if (this.#waiting.length > 0 && !this.#scheduled) this.#sync();
		});
	}

	#fail(error: unknown): void {
		this.#writable = false;
		this.#unschedule();
		this.#resolveAll(false);
		this.#options.onFailure(error);
	}

	#leave(fd: number): void {
		if (fd >= 0) this.#left.push(fd);
		if (!this.#syncing) for (const one of this.#left.splice(0)) tried(() => closeSync(one));
	}
}

/** Windows has no flag to refuse links. */
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

function resolveAll(waiting: Array<(durable: boolean) => void>, durable = true): void {
	for (const resolve of waiting.splice(0)) resolve(durable);
}

/** Calls `onPart` with the position up to which the data has been written. */
function writeAll(fd: number, data: string, start: number, onPart?: (at: number) => void): void {
	const bytes = Buffer.from(data);
	for (let at = 0; at < bytes.length; onPart?.(start + at)) {
		at += writeSync(fd, bytes, at, bytes.length - at, start + at);
	}
}

/** A renamed file is safe only once its directory is on disk. Windows does not support this. */
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

/** The contents of a file; empty if the file does not exist. @throws if it cannot be read */
export function readIfThere(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return '';
		throw error;
	}
}
