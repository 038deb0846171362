import {
	closeSync,
	fstatSync,
	fsync,
	fsyncSync,
	openSync,
	readFileSync,
	renameSync,
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
	/** The current line of each key, for a rewrite of the file. @throws if it is not ours any more */
	contents: () => Iterable<readonly [key: string, line: string]>;
	/** Called once lines are on the medium, before their callers hear of it. */
	onSynced: () => void;
	/** Called once, when the medium has failed; nothing is written from then on. */
	onFailure: (error: unknown) => void;
}

/**
 * A file of lines, open for appending, in which the last line about a key counts. What one turn of the event loop
 * adds is written at once, and made durable by one fsync that blocks nothing.
 */
export class LineFile {
	readonly #path: string;
	readonly #options: Options;
	/** Lines that are not written yet, by key; `last` if they end their key. */
	readonly #added = new Map<string, { line: string; last: boolean }>();
	/** Keys that have a line in the file, with the bytes of their last line. */
	readonly #written = new Map<string, number>();
	/** The sum of these bytes. */
	#length = 0;
	/** The callers to resolve once everything that was added is on the medium. */
	readonly #waiting: Array<() => void> = [];
	/** To be closed once no fsync is under way: it could hit another file. */
	readonly #left: number[] = [];
	#fd = -1;
	#size = 0;
	#open = true;
	#dirty = false;
	#syncing = false;
	#scheduled: NodeJS.Immediate | undefined;

	/** Writes the file as a whole and opens it. @throws if the medium refuses it */
	constructor(path: string, options: Options) {
		this.#path = path;
		this.#options = options;
		this.#rewrite();
	}

	/** Adds a line. It replaces a line about the same key that is not written yet. */
	add(key: string, line: string): void {
		this.#added.set(key, { line, last: false });
		this.#schedule();
	}

	/** Adds a line that ends a key, if the file has one about it. */
	remove(key: string, line: string): void {
		if (this.#written.has(key)) this.#added.set(key, { line, last: true });
		else this.#added.delete(key);
		this.#schedule();
	}

	/** Resolves when everything that was added is on the medium, or the medium has failed. */
	synced(): Promise<void> {
		return new Promise((resolve) => {
			if (!this.#open) return resolve();
			this.#waiting.push(resolve);
			this.#schedule();
		});
	}

	/** Whether the file of that name is still this one. */
	isInPlace(): boolean {
		try {
			const [there, here] = [statSync(this.#path), fstatSync(this.#fd)];
			return there.ino === here.ino && there.dev === here.dev;
		} catch {
			return false;
		}
	}

	/** Makes what was added durable, and closes the file. Does not throw. */
	close(): void {
		if (!this.#open) return;
		tried(() => {
			this.#write();
			if (this.#dirty) fsyncSync(this.#fd);
		});
		this.abandon();
	}

	/** Closes the file and writes nothing more. */
	abandon(): void {
		if (!this.#open) return;
		this.#open = false;
		clearImmediate(this.#scheduled);
		this.#leave(this.#fd);
		settle(this.#waiting);
	}

	#rewrite(): void {
		const lines = [...this.#options.contents()];
		const text = lines.map(([, line]) => line).join('');
		const next = `${this.#path}.new`;
		const fresh = openSync(next, 'w', 0o600);
		try {
			writeAll(fresh, text);
			fsyncSync(fresh);
			renameSync(next, this.#path);
		} catch (error) {
			this.#leave(fresh);
			throw error;
		}
		syncDirectory(dirname(this.#path));
		this.#leave(this.#fd);
		this.#fd = fresh;
		this.#size = Buffer.byteLength(text);
		this.#dirty = false;
		this.#added.clear();
		this.#written.clear();
		this.#length = 0;
		for (const [key, line] of lines) this.#count(key, line);
	}

	#write(): void {
		clearImmediate(this.#scheduled);
		this.#scheduled = undefined;
		if (this.#added.size === 0) return;
		const text = [...this.#added.values()].map(({ line }) => line).join('');
		for (const [key, { line, last }] of this.#added) this.#count(key, last ? undefined : line);
		this.#added.clear();
		this.#dirty = true;
		writeAll(this.#fd, text);
		this.#size += Buffer.byteLength(text);
		const enough = Math.min(4 * this.#length, this.#length + MAX_GROWTH);
		if (this.#size > Math.max(COMPACT_FROM, enough)) this.#rewrite();
	}

	/** Counts the last line of a key; undefined if it has ended. */
	#count(key: string, line: string | undefined): void {
		const bytes = line === undefined ? 0 : Buffer.byteLength(line);
		this.#length += bytes - (this.#written.get(key) ?? 0);
		if (line === undefined) this.#written.delete(key);
		else this.#written.set(key, bytes);
	}

	#schedule(): void {
		this.#scheduled ??= setImmediate(() =>
			this.#orFail(() => {
				this.#write();
				if (this.#waiting.length > 0) this.#sync();
			}),
		);
	}

	#sync(): void {
		if (!this.#open || this.#syncing) return;
		if (!this.#dirty) return settle(this.#waiting);
		const waited = this.#waiting.splice(0);
		const synced = this.#fd;
		this.#syncing = true;
		this.#dirty = false;
		fsync(synced, (error) => {
			this.#syncing = false;
			this.#leave(-1);
			this.#options.onSynced();
			settle(waited);
			if (!this.#open) return;
			// If the file was rewritten meanwhile, it is durable.
			if (error && synced === this.#fd) this.#fail(error);
			// What came meanwhile is written first, in the turn that is scheduled for it.
			else if (this.#waiting.length > 0 && !this.#scheduled) this.#sync();
		});
	}

	#orFail(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.#fail(error);
		}
	}

	#fail(error: unknown): void {
		this.abandon();
		this.#options.onFailure(error);
	}

	#leave(fd: number): void {
		if (fd >= 0) this.#left.push(fd);
		if (!this.#syncing) for (const one of this.#left.splice(0)) tried(() => closeSync(one));
	}
}

function settle(waiting: Array<() => void>): void {
	for (const resolve of waiting.splice(0)) resolve();
}

function writeAll(fd: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
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
