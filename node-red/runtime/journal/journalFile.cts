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

/** Bytes of a file that is not worth being rewritten. */
const COMPACT_FROM = 64 * 1024;

/** Bytes that a large file may grow by before it is rewritten. */
const MAX_GROWTH = 16 * 1024 * 1024;

/**
 * A journal's file, open for appending. What one turn of the event loop adds is written at once, and
 * made durable by one fsync that blocks nobody.
 */
export interface JournalFile {
	/** Adds a line that says all of a run, in the place of what was added of it and is not written yet. */
	addWhole(job: string, line: string): void;
	/** Adds the last line of a run; nothing if the file says nothing of it. */
	addLast(job: string, line: string): void;
	/** Resolves when everything that was added is on the medium, or the medium has failed. */
	synced(): Promise<void>;
	/** Whether the file of that name is still this one. */
	isInPlace(): boolean;
	/** Makes durable what was added, and closes the file. Does not throw. */
	close(): void;
	/** Closes the file and writes nothing more: it is no longer ours. */
	abandon(): void;
}

export interface Contents {
	/** Lines that are kept as they are. */
	head: string;
	/** The line of each run. */
	lines: ReadonlyMap<string, string>;
}

interface Options {
	/** All there is to say now, for a file that is rewritten. */
	contents: () => Contents;
	/** How many bytes its lines have. */
	length: () => number;
	/** Called once, when the medium has failed; nothing is written from then on. */
	onFailure: (error: unknown) => void;
}

/** Rewrites the file and opens it. @throws if the medium refuses it */
export function openJournalFile(
	path: string,
	{ contents, length, onFailure }: Options,
): JournalFile {
	/** Lines that are not written yet, by run; `last` if they are the run's last. */
	const added = new Map<string, { text: string; last: boolean }>();
	/** Runs that the file says something of. */
	const written = new Set<string>();
	let fd = -1;
	let size = 0;
	let open = true;
	let scheduled: NodeJS.Immediate | undefined;
	const waiting: Array<() => void> = [];
	let dirty = false;
	let syncing = false;
	/** To be closed once no fsync is under way: it could hit another file. */
	const left: number[] = [];

	const leave = (descriptor: number) => {
		if (descriptor >= 0) left.push(descriptor);
		if (!syncing) for (const one of left.splice(0)) tryTo(() => closeSync(one));
	};

	const rewrite = () => {
		const { head, lines } = contents();
		const text = head + [...lines.values()].join('');
		const next = `${path}.new`;
		const fresh = openSync(next, 'w', 0o600);
		try {
			writeAll(fresh, text);
			fsyncSync(fresh);
			renameSync(next, path);
		} catch (error) {
			leave(fresh);
			throw error;
		}
		syncDirectory(dirname(path));
		leave(fd);
		fd = fresh;
		size = Buffer.byteLength(text);
		dirty = false;
		added.clear();
		written.clear();
		for (const job of lines.keys()) written.add(job);
	};

	const write = () => {
		clearImmediate(scheduled);
		scheduled = undefined;
		if (added.size === 0) return;
		const text = [...added.values()].map((lines) => lines.text).join('');
		for (const [job, { last }] of added) if (!last) written.add(job);
		added.clear();
		dirty = true;
		writeAll(fd, text);
		size += Buffer.byteLength(text);
		if (size > enough(length())) rewrite();
	};

	const settle = (waited: ReadonlyArray<() => void>) => {
		for (const resolve of waited) resolve();
	};

	const stop = () => {
		open = false;
		clearImmediate(scheduled);
		leave(fd);
		settle(waiting.splice(0));
	};

	const orFail = (work: () => void) => {
		try {
			work();
		} catch (error) {
			stop();
			onFailure(error);
		}
	};

	const sync = () => {
		if (!open || syncing) return;
		if (!dirty) return settle(waiting.splice(0));
		const waited = waiting.splice(0);
		syncing = true;
		dirty = false;
		const synced = fd;
		fsync(synced, (error) => {
			syncing = false;
			leave(-1);
			settle(waited);
			if (!open) return;
			// One that was rewritten meanwhile is durable.
			if (error && synced === fd) orFail(() => raise(error));
			// What came meanwhile is written first, in the turn that is scheduled for it.
			else if (waiting.length > 0 && !scheduled) sync();
		});
	};

	const schedule = () => {
		scheduled ??= setImmediate(() =>
			orFail(() => {
				write();
				if (waiting.length > 0) sync();
			}),
		);
	};

	rewrite();
	return {
		addWhole(job, line) {
			added.set(job, { text: line, last: false });
			schedule();
		},
		addLast(job, line) {
			added.delete(job);
			if (written.delete(job)) added.set(job, { text: line, last: true });
			schedule();
		},
		synced: () =>
			new Promise((resolve) => {
				if (!open) return resolve();
				waiting.push(resolve);
				schedule();
			}),
		isInPlace() {
			try {
				const [there, here] = [statSync(path), fstatSync(fd)];
				return there.ino === here.ino && there.dev === here.dev;
			} catch {
				return false;
			}
		},
		close() {
			if (!open) return;
			tryTo(() => {
				write();
				if (dirty) fsyncSync(fd);
			});
			stop();
		},
		abandon() {
			if (open) stop();
		},
	};
}

/** Bytes above which a file with so much in it that counts is worth being rewritten. */
function enough(length: number): number {
	return Math.max(COMPACT_FROM, Math.min(4 * length, length + MAX_GROWTH));
}

function raise(error: Error): never {
	throw error;
}

function writeAll(fd: number, text: string): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** A medium that has failed may say so once more. */
function tryTo(work: () => void): void {
	try {
		work();
	} catch {
		// Whoever needs the medium reports that it has failed.
	}
}

/** A renamed file is only safe once its directory is on the medium. Windows does not offer that. */
export function syncDirectory(directory: string): void {
	tryTo(() => {
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
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
		throw error;
	}
}
