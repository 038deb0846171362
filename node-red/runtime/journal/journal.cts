import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.cjs';
import {
	formatLine,
	laterLines,
	linesOf,
	readLines,
	type JournalEntry,
	type JournalLine,
} from './journalLines.cjs';
import { releaseLock, takeLock } from './lock.cjs';

export type { JournalEntry } from './journalLines.cjs';

/**
 * Which runs have not ended yet, on disk: every line is on the medium when a call returns, so that
 * no end of the process loses a request that is paid for. Methods do not throw: a medium that fails
 * is reported once, and runs go on without a journal until it takes one again.
 */
export interface Journal {
	/**
	 * To be called when a message begins to wait. `lasting` is false where it waits for a moment only:
	 * the line outlives this process then, but perhaps no power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void;
	/** To be called before the submit. */
	submitting(entry: JournalEntry): void;
	/** To be called before the message counts as accepted. */
	accepted(job: string, requestId: string, at: number): void;
	ended(job: string): void;
	/** What has not ended of a node's runs, those of earlier processes included. */
	live(nodeId: string): JournalEntry[];
}

export const JOURNAL_FILE = 'runcomfy-jobs.jsonl';

/** Bytes of a file that is not worth being written anew. */
const COMPACT_FROM = 64 * 1024;

/** Bytes of the file, above which nothing more is kept of a message than its id. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Milliseconds after which an entry is given up, whose node has not come back then. That is long
 * after RunComfy has dropped the result: a node that is there is to hear of it.
 */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

const open = new Map<string, Journal | undefined>();

/**
 * The journal of a user directory, opened once in a process. Undefined without a directory, where
 * another process has it, or where it cannot be written; `warn` is told the last two once.
 */
export function openJournal(
	userDir: unknown,
	warn: (text: string) => void,
	now = Date.now,
): Journal | undefined {
	if (typeof userDir !== 'string' || userDir === '') return undefined;
	if (!open.has(userDir)) open.set(userDir, tryOpen(userDir, warn, now));
	return open.get(userDir);
}

function tryOpen(
	userDir: string,
	warn: (text: string) => void,
	now: () => number,
): Journal | undefined {
	const file = join(userDir, JOURNAL_FILE);
	const lock = `${file}.lock`;
	try {
		if (!takeLock(lock)) {
			warn(`${WITHOUT} another process uses ${file}.`);
			return undefined;
		}
		const { journal, mend } = createJournal(file, warn, now);
		process.once('exit', () => {
			mend();
			releaseLock(lock);
		});
		return journal;
	} catch (error) {
		warn(`${WITHOUT} ${messageOf(error)}.`);
		return undefined;
	}
}

const WITHOUT = 'RunComfy runs will not outlive a restart of Node-RED:';
const WITH_AGAIN = 'RunComfy runs will outlive a restart of Node-RED again.';

/** `mend` is to be called before the process ends: a last try where the medium has failed. */
function createJournal(
	file: string,
	warn: (text: string) => void,
	now: () => number,
): { journal: Journal; mend: () => void } {
	const before = readIfThere(file);
	const live = readLines(before);
	const later = laterLines(before);
	for (const { job, at } of live.values()) if (now() - at > MAX_AGE_MS) live.delete(job);
	let size = 0;
	let compactAt = 0;
	/** Undefined since the medium has failed: what is on it may say less than `live`, or end in half a line. */
	let fd: number | undefined = rewrite();

	/** Replaces the file by what is live. @returns its descriptor, for appending */
	function rewrite(): number {
		const next = `${file}.new`;
		const text = later + linesOf(live.values());
		const written = openSync(next, 'w', 0o600);
		try {
			writeAll(written, text);
			renameSync(next, file);
		} catch (error) {
			close(written);
			throw error;
		}
		syncDirectory(dirname(file));
		size = Buffer.byteLength(text);
		compactAt = Math.max(COMPACT_FROM, Math.min(4 * size, size + MAX_BYTES / 2));
		return written;
	}

	function append(to: number, line: JournalLine, sync: boolean): void {
		const text = formatLine(line);
		writeAll(to, text, sync);
		size += Buffer.byteLength(text);
		if (size <= compactAt) return;
		fd = rewrite();
		close(to);
	}

	/** Writes a line, or, where the medium has failed before, all that is live, the line's entry included. */
	function write(line: JournalLine, sync = true): void {
		if (fd === undefined) return mend();
		const to = fd;
		try {
			append(to, line, sync);
		} catch (error) {
			fd = undefined;
			close(to);
			warn(`${WITHOUT} ${messageOf(error)}.`);
		}
	}

	function mend(): void {
		if (fd !== undefined) return;
		try {
			fd = rewrite();
			warn(WITH_AGAIN);
		} catch {
			// It was told of when it began.
		}
	}

	const begin = (is: 'waiting' | 'submitting', entry: JournalEntry, sync?: boolean) => {
		const kept = size > MAX_BYTES ? leastOf(entry) : entry;
		live.set(entry.job, kept);
		write({ v: 1, is, ...kept }, sync);
	};

	const journal: Journal = {
		waiting: (entry, lasting) => begin('waiting', entry, lasting),
		submitting: (entry) => begin('submitting', entry),
		accepted(job, requestId, at) {
			const entry = live.get(job);
			if (!entry) return;
			live.set(job, { ...entry, requestId, at });
			write({ v: 1, is: 'accepted', job, requestId, at });
		},
		ended(job) {
			if (live.delete(job)) write({ v: 1, is: 'ended', job });
		},
		live: (nodeId) => [...live.values()].filter((entry) => entry.nodeId === nodeId),
	};
	return { journal, mend };
}

function writeAll(fd: number, text: string, sync = true): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
	if (sync) fsyncSync(fd);
}

function close(fd: number): void {
	try {
		closeSync(fd);
	} catch {
		// A medium that has failed may say so once more.
	}
}

function leastOf({ msg: { _msgid }, waiting, ...entry }: JournalEntry): JournalEntry {
	return { ...entry, msg: { _msgid }, ...(waiting ? { waiting: {} } : {}) };
}

function readIfThere(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
		throw error;
	}
}

/** A renamed file is only safe once its directory is on the medium. Windows does not offer that. */
function syncDirectory(directory: string): void {
	try {
		const fd = openSync(directory, 'r');
		fsyncSync(fd);
		closeSync(fd);
	} catch {
		// The file itself is written; that its name is, too, is up to the system here.
	}
}
