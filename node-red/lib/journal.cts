import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from './errors.cjs';
import {
	formatLine,
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
 * is reported once, and runs go on without a journal.
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

/** Bytes of all that is live, above which nothing more is kept of a message than its id. */
const MAX_LIVE_BYTES = 8 * 1024 * 1024;

/** Milliseconds after which an entry is of no use: RunComfy keeps results for 7 days. */
const MAX_AGE_MS = 8 * 24 * 3600 * 1000;

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
		process.once('exit', () => releaseLock(lock));
		return createJournal(file, warn, now);
	} catch (error) {
		warn(`${WITHOUT} ${messageOf(error)}.`);
		return undefined;
	}
}

const WITHOUT = 'RunComfy runs will not outlive a restart of Node-RED:';

function createJournal(file: string, warn: (text: string) => void, now: () => number): Journal {
	const live = readLines(readIfThere(file));
	for (const { job, at } of live.values()) if (now() - at > MAX_AGE_MS) live.delete(job);
	let size = 0;
	let compactAt = 0;
	let fd: number | undefined = rewrite();

	/** Replaces the file by what is live. @returns its descriptor, for appending */
	function rewrite(): number {
		const next = `${file}.new`;
		const text = linesOf(live.values());
		const written = openSync(next, 'w', 0o600);
		writeAll(written, text);
		renameSync(next, file);
		syncDirectory(dirname(file));
		size = Buffer.byteLength(text);
		compactAt = Math.max(COMPACT_FROM, 4 * size);
		return written;
	}

	function write(line: JournalLine, sync = true): void {
		if (fd === undefined) return;
		try {
			const text = formatLine(line);
			writeAll(fd, text, sync);
			size += Buffer.byteLength(text);
			if (size > compactAt) {
				const old = fd;
				fd = rewrite();
				closeSync(old);
			}
		} catch (error) {
			fd = undefined;
			warn(`${WITHOUT} ${messageOf(error)}.`);
		}
	}

	return {
		waiting(entry, lasting) {
			const kept =
				size > MAX_LIVE_BYTES ? { ...entry, msg: idOnly(entry.msg), waiting: {} } : entry;
			live.set(entry.job, kept);
			write({ v: 1, is: 'waiting', ...kept }, lasting);
		},
		submitting(entry) {
			const kept = size > MAX_LIVE_BYTES ? { ...entry, msg: idOnly(entry.msg) } : entry;
			live.set(entry.job, kept);
			write({ v: 1, is: 'submitting', ...kept });
		},
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
}

function writeAll(fd: number, text: string, sync = true): void {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
	if (sync) fsyncSync(fd);
}

function idOnly({ _msgid }: Record<string, unknown>): Record<string, unknown> {
	return { _msgid };
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
