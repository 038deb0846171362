import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { acceptedReceipt, assign, tried } from '../../../core/index.js';
import { messageOf } from '../errors.cjs';
import { createListeners, perRuntime } from '../runtime.cjs';
import { LineFile, readIfThere } from './lineFile.cjs';
import {
	abandonedText,
	type Ended,
	endedLine,
	formatLine,
	goneLine,
	type JournalEntry,
	keyOf,
	lineOf,
	type Lines,
	noLines,
	readLines,
	type Remembered,
	takenByAnother,
} from './lines.cjs';
import { Lock, TOUCH_MS } from './lock.cjs';

export type { JournalEntry } from './lines.cjs';

/** @public The tests look at the file. */
export const JOURNAL_FILE = 'runcomfy-jobs.jsonl';

/**
 * Milliseconds after which an entry is given up if its node does not come back. That is long after
 * RunComfy has dropped the result. A node that is there hears of it, however old it is: the clock may
 * have been wrong then, or may be wrong now.
 */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/** Milliseconds after a start in which a node comes back, if it does. */
const COMES_BACK_MS = 600_000;

/** Milliseconds: RunComfy keeps results for 7 days, and repeats a callback for one. */
const REMEMBERED_MS = 7 * 24 * 3600 * 1000;

/** Requests and callbacks that are remembered; the oldest go first. */
const MOST_REMEMBERED = 10_000;

/** Runs that have ended and are remembered: as many as the sidebar shows. */
const MOST_ENDED = 50;

const WITHOUT = 'RunComfy runs will not outlive a restart of Node-RED:';
const AGAIN = 'RunComfy runs will outlive a restart of Node-RED again.';

interface Options {
	/** Undefined without a user directory: then all of it is in memory. */
	path: string | undefined;
	/** Called when the journal cannot be kept, and when it can again. */
	warn: (text: string) => void;
	now: () => number;
}

/**
 * Which runs have not ended yet, on disk, so that no end of the process loses a request that is paid for; and for
 * some days what is still needed of ended runs. One process owns the file, and the others keep what they have in
 * memory. If the medium fails, runs go on without. Both are tried again every few seconds. Only `submitting` throws.
 */
export class Journal {
	readonly #options: Options;
	readonly #lock: Lock | undefined;
	readonly #lines: Lines = noLines();
	readonly #takenOver = createListeners();
	#file: LineFile | undefined;
	/** Whether the lock has been ours since the file was read: then the file has nothing new. */
	#owned = false;
	/** Opens once it is known whether the file is ours, another process's, or cannot be used. */
	#known = newGate();
	/** Jobs that ended here while the file, which has them too, was not ours. */
	readonly #shared = new Set<string>();
	/** Jobs that another process has taken over with the file: that process submits and delivers them. */
	readonly #lost = new Map<string, JournalEntry>();
	/** Jobs older than `MAX_AGE_MS` when they were taken over, and that no node has asked for since. */
	readonly #unclaimed = new Set<string>();
	#takenOverAt = -Infinity;

	constructor(options: Options) {
		this.#options = options;
		const { path } = options;
		if (path === undefined) {
			this.#known.open();
			return;
		}
		this.#lock = new Lock(`${path}.lock`);
		this.#tryToOpen(path, this.#lock);
	}

	/** Resolves once the entries of earlier processes were read, or cannot be read. */
	opened(): Promise<void> {
		return this.#known.opened;
	}

	/**
	 * To be called when a message begins to wait. `lasting` is false if it waits for a moment only:
	 * the line outlives this process then, but perhaps no power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void {
		if (this.#lost.has(entry.job)) return;
		this.#put(entry);
		if (lasting) void this.#file?.synced();
	}

	/**
	 * To be called before the submit, which is to wait until this resolves: then the line is on the medium, or it
	 * is known that it cannot be.
	 * @throws RunComfyError `aborted` if another process may have submitted it
	 */
	async submitting(entry: JournalEntry): Promise<void> {
		await this.opened();
		if (this.#lost.has(entry.job)) throw takenByAnother(entry);
		this.#put(entry);
		const owned = this.#owned;
		await this.#file?.synced();
		if (!this.#file) this.#isOurs();
		if (!owned || this.#owned) return;
		this.#lines.runs.delete(entry.job);
		this.#lost.set(entry.job, entry);
		throw takenByAnother(entry);
	}

	/**
	 * To be called before the message of a run leaves.
	 * @throws RunComfyError `aborted` if another process has taken the run over, and sends its message
	 */
	delivering(job: string): void {
		this.#isOurs();
		const entry = this.#lost.get(job);
		if (entry) throw takenByAnother(entry);
	}

	/** To be called when a run is canceled, for a process that takes it over before its end. */
	canceled(job: string, canceledBy: JournalEntry['canceledBy']): void {
		const entry = this.#lines.runs.get(job);
		if (!entry) return;
		this.#put(assign(entry, { canceledBy }));
		void this.#file?.synced();
	}

	/** To be called as soon as RunComfy has answered the submit. */
	accepted(job: string, requestId: string, at: number): void {
		const entry = this.#lines.runs.get(job);
		if (!entry) return;
		this.#put(assign(entry, { receipt: acceptedReceipt(entry.receipt, requestId, at) }));
		void this.#file?.synced();
	}

	ended(job: string): void {
		if (this.#lost.delete(job) || !this.#lines.runs.delete(job)) return;
		this.#file?.remove(job, goneLine(job));
		void this.#file?.synced();
	}

	/** The runs of a node that have not ended, including those of earlier processes. */
	live(nodeId: string): JournalEntry[] {
		const entries = [...this.#lines.runs.values()].filter((entry) => entry.nodeId === nodeId);
		for (const { job } of entries) this.#unclaimed.delete(job);
		return entries;
	}

	/** Whether what it was given outlives this process. */
	isKept(): boolean {
		return this.#file !== undefined;
	}

	/**
	 * Calls back when the entries of a process that is gone have come in.
	 * @returns a function that takes it back
	 */
	onTakenOver(listener: () => void): () => void {
		return this.#takenOver.add(listener);
	}

	/** Keeps plain data that comes back with the result of a request. */
	keepMessage(requestId: string, msg: Record<string, unknown>): void {
		if (Object.keys(msg).length === 0) return;
		this.#remember({ is: 'message', at: this.#options.now(), requestId, msg });
	}

	/** What was kept of the message that submitted a request. */
	messageOf(requestId: string): Record<string, unknown> {
		const found = this.#lines.remembered.get(`message ${requestId}`);
		return found?.is === 'message' ? { ...found.msg } : {};
	}

	/** Notes an event that a node has sent a message about. */
	delivered(nodeId: string, event: string): void {
		this.#remember({ is: 'delivered', at: this.#options.now(), nodeId, event });
	}

	/** The events that a node has sent a message about, the oldest first. */
	deliveredBy(nodeId: string): string[] {
		return [...this.#lines.remembered.values()].flatMap((one) =>
			one.is === 'delivered' && one.nodeId === nodeId ? [one.event] : [],
		);
	}

	/** Keeps what is known about a run that has ended; plain data. */
	keepEnd(job: string, run: Ended['run']): void {
		const line: Ended = { is: 'ended', job, run };
		this.#lines.ended.delete(job);
		this.#lines.ended.set(job, line);
		keepLast(this.#lines.ended, MOST_ENDED);
		this.#file?.add(`ended ${job}`, endedLine(line));
	}

	/** The runs that ended last, the latest last. */
	endedRuns(): Array<Ended['run']> {
		return [...this.#lines.ended.values()].map(({ run }) => run);
	}

	/** Checks the file and the lock. Runs by itself every few seconds. */
	check(): void {
		const { path } = this.#options;
		if (!path || !this.#lock) return;
		if (this.#owned && !this.#lock.touch()) this.#lose();
		if (this.#file?.isInPlace() === false) this.#close();
		if (!this.#file) this.#tryToOpen(path, this.#lock);
		if (performance.now() - this.#takenOverAt > COMES_BACK_MS) this.#giveUp();
	}

	/** Leaves what was added on the medium, and hands the file to the next process. */
	close(): void {
		if (this.#isOurs()) this.#file?.close();
		this.#lock?.release();
	}

	#put(entry: JournalEntry): void {
		const { job, canceledBy = this.#lines.runs.get(job)?.canceledBy } = entry;
		// What writes the next step of a run may not know that it has been canceled meanwhile.
		const known = assign(entry, { canceledBy });
		this.#lines.runs.set(job, known);
		this.#file?.add(job, lineOf(known));
	}

	#remember(line: Remembered): void {
		const { remembered } = this.#lines;
		const key = keyOf(line);
		remembered.delete(key);
		remembered.set(key, line);
		this.#forgetOld();
		this.#file?.add(key, formatLine(line));
	}

	#forgetOld(): void {
		const { remembered } = this.#lines;
		keepLast(remembered, MOST_REMEMBERED);
		for (const [key, { at }] of remembered) {
			if (this.#options.now() - at <= REMEMBERED_MS) return;
			remembered.delete(key);
		}
	}

	#tryToOpen(path: string, lock: Lock): void {
		try {
			if (this.#owned || lock.take()) this.#openFile(path);
			else if (lock.isInUse()) this.#goWithout(inUseText(path));
		} catch (error) {
			// A file that cannot be written may still be readable, and no other process has it.
			if (!this.#owned) tried(() => this.#takeOver(readLines(readIfThere(path))));
			this.#goWithout(failureText(path, error));
		}
	}

	/** @throws if it cannot be read or written */
	#openFile(path: string): void {
		if (!this.#owned) this.#takeOver(readLines(readIfThere(path)));
		this.#owned = true;
		this.#file = new LineFile(path, {
			contents: () => this.#contents(path),
			// This process may have been stopped for longer than others wait for it.
			onSynced: () => void this.#isOurs(),
			onFailure: (error) => this.#goWithout(failureText(path, error)),
		});
		this.#shared.clear();
		if (unprotectedBecause() !== undefined) this.#options.warn(AGAIN);
		noteProtection(undefined);
		this.#known.open();
	}

	/** @throws if another process has the file by now: writing all of it would take it back */
	*#contents(path: string): Generator<readonly [string, string]> {
		if (!this.#isOurs()) throw new Error(inUseText(path));
		const { runs, remembered, ended } = this.#lines;
		for (const [job, entry] of runs) yield [job, lineOf(entry)];
		for (const [key, line] of remembered) yield [key, formatLine(line)];
		for (const [job, line] of ended) yield [`ended ${job}`, endedLine(line)];
	}

	/** Takes over entries in the file that no process has any more. What is known here is newer. */
	#takeOver(left: Lines): void {
		const { runs, remembered, ended } = this.#lines;
		const before = runs.size;
		for (const [job, entry] of left.runs) {
			if (this.#shared.has(job) || runs.has(job)) continue;
			this.#shared.add(job);
			// The other process has not submitted or delivered it.
			this.#lost.delete(job);
			runs.set(job, entry);
			if (this.#options.now() - entry.receipt.at > MAX_AGE_MS) this.#unclaimed.add(job);
		}
		addBefore(remembered, left.remembered);
		this.#forgetOld();
		addBefore(ended, left.ended);
		keepLast(ended, MOST_ENDED);
		this.#takenOverAt = performance.now();
		if (runs.size > before || left.ended.size > 0) this.#takenOver.call();
	}

	/** Whether the file is still ours, if it was before. */
	#isOurs(): boolean {
		if (this.#owned && !this.#lock?.isOurs()) this.#lose();
		return this.#owned;
	}

	/** Another process took our file, which it may do after this one paused for long. */
	#lose(): void {
		this.#close();
		this.#owned = false;
		this.#known = newGate();
		for (const [job, entry] of this.#lines.runs) {
			// The answer to a submit on its way can only come here.
			if (entry.receipt.state === 'submitting') this.#shared.add(job);
			else this.#lost.set(job, entry);
		}
		for (const job of this.#lost.keys()) this.#lines.runs.delete(job);
	}

	#close(): void {
		this.#file?.abandon();
		this.#file = undefined;
	}

	#goWithout(why: string): void {
		this.#close();
		const text = `${WITHOUT} ${why}.`;
		if (unprotectedBecause() !== text) this.#options.warn(text);
		noteProtection(text);
		this.#known.open();
	}

	#giveUp(): void {
		const entries = [...this.#unclaimed].flatMap((job) => this.#lines.runs.get(job) ?? []);
		this.#unclaimed.clear();
		if (entries.length > 0) this.#options.warn(abandonedText(entries));
		for (const { job } of entries) this.ended(job);
	}
}

/** Why a file cannot be used: what the system says, without the file names that differ at each try. */
function failureText(path: string, error: unknown): string {
	const { syscall } = error as Partial<NodeJS.ErrnoException>;
	const text = messageOf(error);
	return syscall === undefined ? text : `${text.split(`, ${syscall}`)[0]} (${path})`;
}

/** What the log says while another process has the journal, and lives. */
function inUseText(path: string): string {
	return `another process uses ${path}. Let each Node-RED have a user directory of its own`;
}

/** A gate that callers wait at until it opens. */
function newGate() {
	let open = () => undefined as void;
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { open, opened };
}

/** Drops the oldest entries of a map. */
function keepLast(map: Map<string, unknown>, most: number): void {
	for (const key of map.keys()) {
		if (map.size <= most) return;
		map.delete(key);
	}
}

/** Puts older entries before those of a map, which stay as they are. */
function addBefore<T>(map: Map<string, T>, older: ReadonlyMap<string, T>): void {
	const own = [...map];
	map.clear();
	for (const [key, value] of [...older, ...own]) map.set(key, value);
}

/** Why runs would not outlive this process: their nodes should show it. */
const protection = perRuntime(() => ({ problem: undefined as string | undefined }));

/** Called when the answer of `unprotectedBecause` changes. */
export const protectionChanged = perRuntime(createListeners);

/** Why runs would not outlive a restart of Node-RED now, as a sentence; undefined if they would. */
export function unprotectedBecause(): string | undefined {
	return protection().problem;
}

function noteProtection(problem: string | undefined): void {
	if (problem === unprotectedBecause()) return;
	protection().problem = problem;
	protectionChanged().call();
}

interface Opened {
	journal?: Journal;
	close: () => void;
}

const present = perRuntime(
	() => {
		const opened: Opened = { close: () => opened.journal?.close() };
		process.once('exit', opened.close);
		return opened;
	},
	({ close }) => {
		process.off('exit', close);
		close();
	},
);

/** The journal that is open, if any node has opened it. */
export function presentJournal(): Journal | undefined {
	return present().journal;
}

/** The journal of the user directory: a process has one. */
export function openJournal(
	{ settings, log }: Pick<NodeAPI, 'settings' | 'log'>,
	now = Date.now,
): Journal {
	const opened = present();
	if (opened.journal) return opened.journal;
	const { userDir } = settings as { userDir?: unknown };
	const path = typeof userDir === 'string' && userDir ? join(userDir, JOURNAL_FILE) : undefined;
	const journal = new Journal({ path, warn: (text) => log.warn(text), now });
	opened.journal = journal;
	if (path === undefined) return journal;
	const timer = setInterval(() => {
		if (present() === opened) journal.check();
		else clearInterval(timer);
	}, TOUCH_MS).unref();
	return journal;
}
