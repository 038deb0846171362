import { acceptedReceipt, assign } from '../../../core/index.js';
import { messageOf } from '../errors.cjs';
import { createListeners } from '../runtime.cjs';
import {
	abandonedText,
	endLine,
	inUseNoMoreText,
	inUseText,
	type Journal,
	type JournalEntry,
	laterLines,
	leastOf,
	lineOf,
	linesOf,
	readLines,
	takenByAnother,
} from './entries.cjs';
import { type Contents, type JournalFile, openJournalFile, readIfThere } from './journalFile.cjs';
import { createLock, TOUCH_MS } from './lock.cjs';
import { noteProtection } from './protection.cjs';
import { createSideFiles, type SideFile } from './sideFiles.cjs';

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

const WITHOUT = 'RunComfy runs will not outlive a restart of Node-RED:';
const WITH_AGAIN = 'RunComfy runs will outlive a restart of Node-RED again.';

export function createJournal(
	path: string,
	warn: (text: string) => void,
	now: () => number,
): Journal & { close(): void } {
	const lock = createLock(`${path}.lock`);
	const sides = createSideFiles(path);
	const live = new Map<string, JournalEntry>();
	const takenOver = createListeners();
	/** Bytes of each entry's line. */
	const lengths = new Map<string, number>();
	let length = 0;
	/** Runs that ended while that could not be written down. */
	const endedUntold = new Set<string>();
	/** Runs that waited when another process took the file, which may submit them. */
	const inDoubt = new Set<string>();
	/** Runs that another process has taken over, or that it had: none of our files has them. */
	const behind = new Set<string>();
	/** Entries older than that when they were taken over, and that no node has asked for since. */
	const unclaimed = new Set<string>();
	let takenOverAt = -Infinity;
	let later = '';
	let file: JournalFile | undefined;
	/** Where runs are kept while another process has the journal. */
	let side: SideFile | undefined;
	let toldInUse = false;
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

	/** Another process took what was ours, as it may after a long pause of this one. */
	const lose = () => {
		file?.abandon();
		file = side = undefined;
		owned = false;
		for (const { job, waiting } of live.values()) {
			behind.add(job);
			if (waiting) inDoubt.add(job);
		}
	};

	const keepLine = (entry: JournalEntry): string => {
		const line = lineOf(entry);
		const bytes = Buffer.byteLength(line);
		length += bytes - (lengths.get(entry.job) ?? 0);
		lengths.set(entry.job, bytes);
		live.set(entry.job, entry);
		return line;
	};

	/** Takes over what files say of runs that nobody has any more. */
	const takeOver = (texts: readonly string[]) => {
		const before = live.size;
		for (const text of texts) {
			later += laterLines(text);
			for (const entry of readLines(text).values()) {
				// It still waits: nobody has submitted it.
				if (entry.waiting) inDoubt.delete(entry.job);
				if (live.has(entry.job) || endedUntold.has(entry.job)) continue;
				keepLine(entry);
				if (now() - entry.receipt.at > MAX_AGE_MS) unclaimed.add(entry.job);
			}
		}
		takenOverAt = performance.now();
		if (live.size > before) takenOver.call();
	};

	/** @throws if it cannot be read */
	const readJournal = () => {
		const text = readIfThere(path);
		later = '';
		return text;
	};

	const besideIt = () => [...live.values()].filter(({ job }) => !behind.has(job));

	const allOfIt = (): Contents => ({ head: later, lines: linesOf([...live.values()]) });

	const openFile = (at: string, contents: () => Contents) => {
		const onFailure = (error: unknown) => goWithout(messageOf(error));
		file = openJournalFile(at, { contents, length: () => length, onFailure });
		touchedAt = performance.now();
		if (problem !== undefined) warn(WITH_AGAIN);
		problem = undefined;
		noteProtection(path, undefined);
	};

	/** The journal is ours: what was kept beside it by processes that are gone comes in, and our own. */
	const openHere = (left: readonly SideFile[]) => {
		const texts = owned ? [] : [readJournal()];
		owned = true;
		const taken = left.flatMap((one) => ({ one, text: sides.take(one) ?? [] }));
		takeOver([...texts, ...taken.flatMap(({ text }) => text)]);
		behind.clear();
		file?.abandon();
		openFile(path, allOfIt);
		endedUntold.clear();
		for (const { one, text } of taken) if (typeof text === 'string') sides.remove(one);
		if (side) sides.remove(side);
		side = undefined;
		if (toldInUse) warn(inUseNoMoreText(path));
		toldInUse = false;
	};

	/** Another process has the journal, or had it until it was killed just now. */
	const openBeside = () => {
		if (owned) lose();
		if (!file) {
			side ??= sides.begin();
			openFile(side.path, () => ({ head: '', lines: linesOf(besideIt()) }));
		}
		if (lock.isInUse() && !toldInUse) warn(inUseText(path));
		toldInUse ||= lock.isInUse();
	};

	const tryToOpen = () => {
		const left = sides.findLeft();
		if (file && !side && left.length === 0) return;
		let foreign = false;
		try {
			foreign = !lock.take();
			if (foreign) openBeside();
			else openHere(left);
		} catch (error) {
			file = undefined;
			goWithout(messageOf(error));
			if (!owned && !foreign) readAtLeast();
		}
	};

	/** A journal that cannot be written may still be readable, and nobody else has it. */
	const readAtLeast = () => {
		try {
			takeOver([readJournal()]);
			for (const job of live.keys()) behind.add(job);
		} catch {
			// It has been reported that the journal cannot be kept.
		}
	};

	/** After a long pause of this process another one may have the file. */
	const keep = () => {
		touchedAt = performance.now();
		const held = side?.lock ?? (owned ? lock : undefined);
		if (held && !held.keep()) lose();
		if (!file || file.isInPlace()) return;
		file.abandon();
		file = undefined;
	};

	const check = () => {
		keep();
		tryToOpen();
		if (unclaimed.size > 0 && performance.now() - takenOverAt > COMES_BACK_MS) giveUp();
	};

	/** The file, if it is ours to write. */
	const present = () => {
		if (performance.now() - touchedAt <= 3 * TOUCH_MS) return file;
		keep();
		if (!file) tryToOpen();
		return file;
	};

	const end = (job: string) => {
		const there = present();
		if (!live.delete(job)) return;
		length -= lengths.get(job) ?? 0;
		lengths.delete(job);
		if (there && !behind.has(job)) there.addLast(job, endLine(job));
		else endedUntold.add(job);
		void there?.synced();
	};

	const giveUp = () => {
		const entries = [...unclaimed].flatMap((job) => live.get(job) ?? []);
		if (entries.length > 0) warn(abandonedText(entries));
		unclaimed.clear();
		for (const { job } of entries) end(job);
	};

	const begin = (entry: JournalEntry) => {
		const there = present();
		const line = keepLine(length > MAX_LENGTH ? leastOf(entry) : entry);
		there?.addWhole(entry.job, line);
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
			const waited = live.get(entry.job)?.waiting !== undefined;
			begin(entry);
			await file?.synced();
			// That may have taken as long as a pause.
			present();
			if (waited && behind.has(entry.job)) throw takenByAnother(entry);
		},
		superseded(job) {
			const entry = live.get(job);
			if (!entry) return;
			const line = keepLine(assign(entry, { superseded: true }));
			present()?.addWhole(job, line);
			void file?.synced();
		},
		accepted(job, requestId, at) {
			const entry = live.get(job);
			if (!entry) return;
			const receipt = acceptedReceipt(entry.receipt, requestId, at);
			const line = keepLine(assign(entry, { receipt }));
			const there = present();
			// What another process has taken over is not ours to leave to a third.
			if (!behind.has(job)) there?.addWhole(job, line);
			void file?.synced();
		},
		ended: end,
		live(nodeId) {
			const entries = [...live.values()].filter((entry) => entry.nodeId === nodeId);
			for (const { job } of entries) unclaimed.delete(job);
			return entries;
		},
		isKept: () => file !== undefined,
		onTakenOver: takenOver.add,
		check,
		close() {
			check();
			file?.close();
			try {
				if (side && file && besideIt().length === 0) sides.remove(side);
				side?.lock.release();
				lock.release();
			} catch {
				// Whoever comes next sees that its owner has ended.
			}
		},
	};
}
