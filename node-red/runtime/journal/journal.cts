import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assign } from '../../../core/index.js';
import { messageOf } from '../errors.cjs';
import { perRuntime } from '../runtime.cjs';
import { abandonedText, leastOf, takenByAnother } from './entries.cjs';
import { type Contents, type JournalFile, openJournalFile } from './journalFile.cjs';
import { formatLine, type JournalEntry, laterLines, lineOf, readLines } from './journalLines.cjs';
import { createLock, TOUCH_MS } from './lock.cjs';
import { noteProtection } from './protection.cjs';

export type { JournalEntry } from './journalLines.cjs';

/**
 * Which runs have not ended yet, on disk, so that no end of the process loses a request that is paid
 * for. Only `submitting` throws. While the journal cannot be kept, because the medium fails or another
 * process has it, runs go on without; it is tried again every few seconds, and then has them all.
 */
export interface Journal {
	/**
	 * To be called when a message begins to wait. `lasting` is false if it waits for a moment only:
	 * the line outlives this process then, but perhaps no power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void;
	/**
	 * To be called before the submit, which is to wait until this resolves: then it is on the medium.
	 * @throws RunComfyError `aborted` where another process may have submitted it
	 */
	submitting(entry: JournalEntry): Promise<void>;
	/** To be called as soon as RunComfy has answered the submit. */
	accepted(job: string, requestId: string, at: number): void;
	ended(job: string): void;
	/** What has not ended of a node's runs, those of earlier processes included. */
	live(nodeId: string): JournalEntry[];
	/** Whether what it was told outlives this process. */
	isKept(): boolean;
	/**
	 * Calls back when entries of another process have come in that is gone.
	 * @returns a function that takes it back
	 */
	onTakenOver(listener: () => void): () => void;
	/** Sees after file and lock. Happens every few seconds by itself. */
	check(): void;
}

/** @public The tests look at the file. */
export const JOURNAL_FILE = 'runcomfy-jobs.jsonl';

/** Bytes of lines about what is live, above which nothing more is kept of a message than its id. */
const MAX_LENGTH = 64 * 1024 * 1024;

/**
 * Milliseconds after which an entry is given up if its node does not come back. That is long after
 * RunComfy has dropped the result. A node that is there hears of it however old it is: the clock may
 * have been wrong then, or be so now.
 */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/** Milliseconds after a start in which a node comes back, if it does. */
const COMES_BACK_MS = 600_000;

const journals = perRuntime(
	() => {
		const opened = new Map<string, Journal & { close(): void }>();
		const close = () => closeAll(opened);
		process.once('exit', close);
		return { opened, close };
	},
	({ close }) => {
		process.off('exit', close);
		close();
	},
);

function closeAll(opened: Map<string, { close(): void }>): void {
	for (const journal of opened.values()) journal.close();
	opened.clear();
}

/**
 * The journal of a user directory, one in a process; undefined without a directory. `warn` is told
 * when it cannot be kept, and when it can again.
 */
export function openJournal(
	userDir: unknown,
	warn: (text: string) => void,
	now = Date.now,
): Journal | undefined {
	if (typeof userDir !== 'string' || userDir === '') return undefined;
	const { opened } = journals();
	const known = opened.get(userDir);
	if (known) return known;
	const journal = createJournal(join(userDir, JOURNAL_FILE), warn, now);
	opened.set(userDir, journal);
	const timer = setInterval(() => {
		if (opened.has(userDir)) journal.check();
		else clearInterval(timer);
	}, TOUCH_MS).unref();
	return journal;
}

const WITHOUT = 'RunComfy runs will not outlive a restart of Node-RED:';
const WITH_AGAIN = 'RunComfy runs will outlive a restart of Node-RED again.';

function createJournal(
	path: string,
	warn: (text: string) => void,
	now: () => number,
): Journal & { close(): void } {
	const lock = createLock(`${path}.lock`);
	const live = new Map<string, JournalEntry>();
	const listeners = new Set<() => void>();
	/** Bytes of each entry's line. */
	const lengths = new Map<string, number>();
	let length = 0;
	/** What has ended while the file could not be told so. */
	const endedUntold = new Set<string>();
	/** What waited when another process took the file: it may submit that. */
	const inDoubt = new Set<string>();
	/** What was older than that when it was taken over, and that no node has asked for since. */
	const unclaimed = new Set<string>();
	let takenOverAt = -Infinity;
	let later = '';
	let file: JournalFile | undefined;
	/** Whether the lock has been ours since the file was read: then it has nothing that is news. */
	let owned = false;
	let problem: string | undefined;
	let touchedAt = performance.now();

	const goWithout = (why: string) => {
		file = undefined;
		if (problem === undefined) warn(`${WITHOUT} ${why}.`);
		problem = why;
		noteProtection(path, `${WITHOUT} ${why}.`);
	};

	const leaveToAnother = () => {
		owned = false;
		goWithout(`another process uses ${path}`);
	};

	const keepLine = (entry: JournalEntry): string => {
		const line = lineOf(entry);
		const bytes = Buffer.byteLength(line);
		length += bytes - (lengths.get(entry.job) ?? 0);
		lengths.set(entry.job, bytes);
		live.set(entry.job, entry);
		return line;
	};

	/** Takes over what the file says of runs that nobody has any more. @throws where it cannot be read */
	const takeOver = () => {
		const text = readIfThere(path);
		later = laterLines(text);
		const before = live.size;
		for (const entry of readLines(text).values()) {
			// It still waits: nobody has submitted it.
			if (entry.waiting) inDoubt.delete(entry.job);
			if (live.has(entry.job) || endedUntold.has(entry.job)) continue;
			keepLine(entry);
			if (now() - entry.at > MAX_AGE_MS) unclaimed.add(entry.job);
		}
		takenOverAt = performance.now();
		if (live.size > before) for (const listener of [...listeners]) listener();
	};

	const contents = (): Contents => ({
		head: later,
		lines: new Map([...live].map(([job, entry]) => [job, lineOf(entry)])),
	});

	const tryToOpen = () => {
		try {
			if (!lock.take()) return leaveToAnother();
			if (!owned) takeOver();
			owned = true;
			file = openJournalFile(path, {
				contents,
				length: () => length,
				onFailure: (error) => goWithout(messageOf(error)),
			});
		} catch (error) {
			goWithout(messageOf(error));
			return owned ? undefined : readAtLeast();
		}
		touchedAt = performance.now();
		endedUntold.clear();
		if (problem !== undefined) warn(WITH_AGAIN);
		problem = undefined;
		noteProtection(path, undefined);
	};

	/** What cannot be written may still be read, and nobody else has it. */
	const readAtLeast = () => {
		try {
			takeOver();
		} catch {
			// Why it cannot be kept was told.
		}
	};

	/** Whether the file is still ours. After a long pause of this process another one may have it. */
	const keep = () => {
		if (!file) return;
		touchedAt = performance.now();
		if (!lock.keep()) {
			file.abandon();
			for (const { job, waiting } of live.values()) if (waiting) inDoubt.add(job);
			leaveToAnother();
		} else if (!file.isInPlace()) {
			file.abandon();
			file = undefined;
		}
	};

	const check = () => {
		keep();
		if (!file) tryToOpen();
		if (unclaimed.size > 0 && performance.now() - takenOverAt > COMES_BACK_MS) giveUp();
	};

	/** The file, if it is ours to write. */
	const present = () => {
		if (performance.now() - touchedAt > 3 * TOUCH_MS) keep();
		return file;
	};

	const end = (job: string) => {
		if (!live.delete(job)) return;
		length -= lengths.get(job) ?? 0;
		lengths.delete(job);
		if (present()) file?.addLast(job, formatLine({ v: 1, is: 'ended', job }));
		else endedUntold.add(job);
		void file?.synced();
	};

	const giveUp = () => {
		const entries = [...unclaimed].flatMap((job) => live.get(job) ?? []);
		unclaimed.clear();
		if (entries.length > 0) warn(abandonedText(entries));
		for (const { job } of entries) end(job);
	};

	const begin = (entry: JournalEntry) => {
		const line = keepLine(length > MAX_LENGTH ? leastOf(entry) : entry);
		present()?.addWhole(entry.job, line);
	};

	tryToOpen();
	return {
		waiting(entry, lasting) {
			begin(entry);
			if (lasting) void file?.synced();
		},
		async submitting(entry) {
			present();
			if (inDoubt.has(entry.job)) throw takenByAnother(entry);
			begin(entry);
			await file?.synced();
		},
		accepted(job, requestId, at) {
			const entry = live.get(job);
			if (!entry) return;
			keepLine(assign(entry, { requestId, at }));
			present()?.add(job, formatLine({ v: 1, is: 'accepted', job, requestId, at }));
			void file?.synced();
		},
		ended: end,
		live(nodeId) {
			const entries = [...live.values()].filter((entry) => entry.nodeId === nodeId);
			for (const { job } of entries) unclaimed.delete(job);
			return entries;
		},
		isKept: () => file !== undefined,
		onTakenOver(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		check,
		close() {
			check();
			file?.close();
			try {
				lock.release();
			} catch {
				// Whoever comes next sees that its owner has ended.
			}
		},
	};
}

function readIfThere(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
		throw error;
	}
}
