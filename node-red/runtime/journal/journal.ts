import { once } from 'node:events';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { assign, type Receipt, tried } from '../../../core';
import { messageOf } from '../errors';
import { inTurn } from '../pace';
import { createListeners, perRuntime } from '../runtime';
import { LineFile, readIfThere } from './lineFile';
import {
	abandonedText,
	canceledLine,
	type CancelMark,
	goneLine,
	type HeldRun,
	heldText,
	type JournalEntry,
	lineOf,
	markCanceled,
	readLines,
	takenByAnother,
	uncanceledText,
	unendedText,
	unkeptText,
} from './lines';
import { Lock, TOUCH_MS } from './lock';

export type { JournalEntry } from './lines';

/** @public The tests look at the file. */
export const JOURNAL_FILE = 'runcomfy-jobs.jsonl';

/**
 * If a node does not come back within this many milliseconds, its entries are given up: by then, RunComfy has long
 * dropped the results. A node that is there gets its entries, however old they are, because the clock may have been
 * wrong then, or may be wrong now.
 */
const MAX_AGE_MS = 30 * 24 * 3600 * 1000;

/** Milliseconds after a start within which a node comes back, if at all. */
const COMES_BACK_MS = 600_000;

const WITHOUT = 'New RunComfy runs will not outlive a restart of Node-RED:';
const AGAIN = 'RunComfy runs will outlive a restart of Node-RED again.';
const HELD = 'Runs already in the journal wait until it can be written';
const OVERGROWN = 'The journal of RunComfy runs grows, because it cannot be rewritten:';

interface Options {
	/** Undefined without a user directory. Everything is then kept in memory. */
	path: string | undefined;
	/** Called when the journal cannot be written any more, and when it can be written again. */
	warn: (text: string) => void;
	now: () => number;
}

interface Unclaimed {
	since: number;
	onGivenUp?: () => void;
}

/**
 * Lists on disk the runs that have not ended, so that no paid request is lost when the process ends. One process owns
 * the file; other processes keep their runs in memory. If the disk fails, runs without a line in the file go on
 * without one. Runs with a line are held, because the next process would submit them or send their messages again.
 * Failed writes are tried again every few seconds.
 */
export class Journal {
	readonly #options: Options;
	readonly #lock: Lock | undefined;
	readonly #runs: Map<string, JournalEntry> = new Map();
	readonly #takenOver = createListeners();
	/** Called when held runs may have become free. */
	readonly #freed = createListeners();
	/** Undefined without a user directory. */
	readonly #file: LineFile | undefined;
	/** Whether we have held the lock since the file was read. Then the file has no new entries. */
	#owned = false;
	/** Opens once it is known whether the file is ours, belongs to another process, or cannot be used. */
	#gate = newGate();
	/** Jobs that ended here while another process owned the file, which also has a line for each of them. */
	readonly #shared = new Set<string>();
	/**
	 * Jobs that another process took over with the file, as they were at that time. That process submits them and sends
	 * their messages. If it is gone, the jobs that it submitted have entries again, and are resumed.
	 */
	readonly #lost = new Map<string, JournalEntry>();
	/** Jobs whose node is not there, with the time since when, and a callback for when they are given up. */
	readonly #unclaimed = new Map<string, Unclaimed>();
	#takenOverAt = -Infinity;
	/** How many times another process has taken our file. */
	#losses = 0;
	/** Jobs whose submit waits until their line is on disk. */
	readonly #asking = new Set<string>();
	/** Held jobs that the log has named. */
	readonly #named = new Set<string>();
	/** Held jobs that the log will name in the next turn. */
	readonly #unnamed: HeldRun[] = [];
	/** Jobs whose requests the log will name, since only this process knows their ids. */
	readonly #unkept: string[] = [];

	constructor(options: Options) {
		this.#options = options;
		const { path } = options;
		if (path === undefined) {
			this.#gate.open();
			return;
		}
		this.#lock = new Lock(`${path}.lock`);
		this.#file = new LineFile(path, {
			contents: () => this.#contents(),
			isOurs: () => this.#isOurs(),
			// Another process may have taken over while this process was paused.
			onSynced: () => void this.#isOurs(),
			onFailure: (error) => this.#goWithout(`${failureText(path, error)}. ${HELD}`),
			onOvergrown: (error) => options.warn(`${OVERGROWN} ${failureText(path, error)}.`),
		});
		this.#tryToOpen(path, this.#lock, this.#file);
	}

	/** Whether the entries of earlier processes were read, or cannot be read. */
	isOpened(): boolean {
		return this.#gate.isOpen();
	}

	/** Resolves once the entries of earlier processes were read or cannot be read, or `signal` aborts. */
	async opened(signal?: AbortSignal): Promise<void> {
		const { opened } = this.#gate;
		if (!signal || this.isOpened()) return opened;
		if (!signal.aborted) await Promise.race([opened, once(signal, 'abort')]);
	}

	/**
	 * Call this when a message starts to wait. If it waits only for a moment, `lasting` is false: the line then survives
	 * this process, but perhaps not a power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void {
		if (this.#lost.has(entry.job)) return;
		this.#put(entry);
		if (lasting) void this.#file?.synced();
	}

	/**
	 * Call this before a submit, and wait until it resolves: then the line is on disk, or is known not to get there.
	 * @returns whether the submit may be sent; false if the run is held
	 * @throws RunComfyError `aborted` if another process may have submitted the run
	 */
	async submitting(entry: JournalEntry): Promise<boolean> {
		const { job } = entry;
		if (!this.#lost.has(job)) await this.opened();
		if (this.#lost.has(job)) throw takenByAnother(entry);
		const before = this.#runs.get(job);
		const losses = this.#losses;
		this.#put(entry);
		this.#asking.add(job);
		const durable = await this.#file?.synced();
		if (!durable) this.#isOurs();
		this.#asking.delete(job);
		if (losses !== this.#losses) return this.submitting(entry);
		if (durable || !this.holds(job)) return true;
		if (before) this.#put(before);
		return false;
	}

	/**
	 * Whether a run must neither be submitted nor end now: a line on disk would let the next process do the same again,
	 * and that line cannot be replaced.
	 */
	holds(job: string): boolean {
		return this.#file?.isWritable() === false && this.#file.has(job);
	}

	/** Whether a run may end. If the disk has a line for the run, there must be space for the line that ends it. */
	async mayEnd(job: string): Promise<boolean> {
		if (this.#file?.has(job)) await this.#file.makeRoom(job, goneLine(job));
		return !this.holds(job);
	}

	/**
	 * Resolves when a run is not held any more. In the meantime, the log names the run. @throws the abort reason of
	 * `signal`
	 */
	async released({ run, signal }: { run: HeldRun; signal: AbortSignal }): Promise<void> {
		const isFree = () => !this.holds(run.job);
		if (!isFree()) this.#name(run);
		await this.#freed.until(isFree, signal);
	}

	/**
	 * Call this before the message of a run is sent.
	 * @throws RunComfyError `aborted` if another process has taken over the run, and sends its message
	 */
	delivering(job: string): void {
		this.#isOurs();
		const entry = this.#lost.get(job);
		if (entry) throw takenByAnother(entry);
	}

	/** Call this when the request of a run was accepted or is to be canceled. Does nothing for a run that has ended. */
	moved(job: string, receipt: Receipt): void {
		const entry = this.#runs.get(job);
		if (!entry) return;
		const isAccepted = receipt.state === 'accepted' && entry.receipt.state !== 'accepted';
		this.#put(assign(entry, { receipt }), isAccepted);
		const synced = this.#file?.synced();
		if (isAccepted) void synced?.then(() => this.#file?.lacks(job) && this.#nameUnkept(job));
	}

	/**
	 * Call this when runs are canceled, and tell nobody before it resolves: by then, the next process knows of the
	 * cancel, or the log says that it does not. A single line names all of them, because thousands may wait.
	 */
	async canceled(jobs: readonly string[], by: CancelMark['by']): Promise<void> {
		const cancel = { by, at: this.#options.now() };
		const marked = markCanceled(this.#runs, jobs, cancel);
		const [first] = marked;
		if (first !== undefined) this.#file?.note(`canceled ${first}`, canceledLine(marked, cancel));
		if (!(await this.#file?.synced())) await this.#cancelInPlace(marked);
	}

	ended(job: string): void {
		if (this.#lost.delete(job)) return;
		const entry = this.#runs.get(job);
		if (!entry) return;
		this.#runs.delete(job);
		this.#file?.remove(job, goneLine(job));
		void this.#file?.synced();
		const { state, cancel } = entry.receipt;
		// The log names canceled messages when they are canceled.
		const isNamed = state === 'planned' && cancel !== undefined;
		if (this.holds(job) && !isNamed) this.#options.warn(unendedText(entry));
	}

	/** Whether this process's work for a run is outdated, because another process submitted the run and is gone. */
	isOutdated(job: string): boolean {
		return this.#lost.has(job) && this.#runs.has(job);
	}

	/** The runs of a node that have not ended, including those of earlier processes. */
	live(nodeId: string): JournalEntry[] {
		const entries = [...this.#runs.values()].filter((entry) => entry.nodeId === nodeId);
		for (const { job } of entries) this.#unclaimed.delete(job);
		return entries;
	}

	/** Call this when a run's node is gone but may come back. `onGivenUp` is called if the node does not come back. */
	leave(job: string, onGivenUp: () => void): void {
		this.#unclaimed.set(job, { since: this.#options.now(), onGivenUp });
	}

	/** Whether a later process could continue a run. */
	keeps(job: string): boolean {
		const { receipt, waiting } = this.#runs.get(job) ?? {};
		const isWhole = receipt?.state !== 'planned' || waiting?.unread || waiting?.input;
		return this.isKept() && receipt !== undefined && Boolean(isWhole);
	}

	/** Whether data that the journal gets now survives this process. */
	isKept(): boolean {
		return this.#file?.isWritable() === true;
	}

	/**
	 * Calls `listener` after entries of a process that is gone were taken over.
	 * @returns an unsubscribe function
	 */
	onTakenOver(listener: () => void): () => void {
		return this.#takenOver.add(listener);
	}

	/** Checks the file and the lock. A timer calls this every few seconds. */
	check(): void {
		const { path } = this.#options;
		if (!path || !this.#lock || !this.#file) return;
		if (this.#isOurs()) this.#lock.touch();
		const isSound = this.#file.isWritable() && this.#file.isInPlace();
		if (!isSound) this.#tryToOpen(path, this.#lock, this.#file);
		if (performance.now() - this.#takenOverAt > COMES_BACK_MS) this.#giveUp();
	}

	/** Writes all lines to disk, and hands the file to the next process. */
	close(): void {
		if (this.#isOurs()) this.#file?.close();
		this.#lock?.release();
	}

	#put(entry: JournalEntry, happened = false): void {
		const { job, receipt } = entry;
		const { cancel } = this.#runs.get(job)?.receipt ?? {};
		// The code that writes the next step of a run may not know that the run was canceled in the meantime.
		const isNew = cancel !== undefined && receipt.cancel === undefined;
		const merged = isNew ? assign(entry, { receipt: assign(receipt, { cancel }) }) : entry;
		this.#runs.set(job, merged);
		this.#file?.add(job, lineOf(merged), happened);
	}

	/** When no line can be added, overwrites the lines of canceled messages, so that no later process submits them. */
	async #cancelInPlace(jobs: readonly string[]): Promise<void> {
		const planned = () => {
			const entries = jobs.flatMap((job) => this.#runs.get(job) ?? []);
			return entries.filter(({ job, receipt }) => receipt.state === 'planned' && this.holds(job));
		};
		for (const { job } of planned()) {
			await inTurn();
			if (this.holds(job)) this.#file?.remove(job, goneLine(job));
		}
		const left = planned();
		if (left.length > 0) tried(() => this.#options.warn(uncanceledText(left)));
	}

	#tryToOpen(path: string, lock: Lock, file: LineFile): void {
		let isOpening = false;
		try {
			if (!this.#owned) {
				if (!lock.take()) return this.#leaveTo(path, lock);
				this.#takeOver(file, readLines(readIfThere(path)));
				this.#owned = true;
			}
			isOpening = true;
			file.open();
		} catch (error) {
			// Another process has just taken the file.
			if (isOpening && !this.#owned) return;
			// A file that cannot be written may still be readable, and no other process has it.
			if (!isOpening) tried(() => this.#takeOver(file, readLines(readIfThere(path))));
			return this.#goWithout(`${failureText(path, error)}. ${HELD}`);
		}
		this.#shared.clear();
		if (unprotectedBecause() !== undefined) this.#options.warn(AGAIN);
		noteProtection(undefined);
		this.#free();
	}

	/** Another process has the file. It also has the entries that we only read because we could not write them. */
	#leaveTo(path: string, lock: Lock): void {
		for (const [job, entry] of this.#runs) {
			if (this.#file?.has(job)) this.#lost.set(job, entry);
		}
		this.#forgetLost();
		if (lock.isInUse()) this.#goWithout(inUseText(path));
	}

	/** All entries are known now, and no run is held. */
	#free(): void {
		this.#named.clear();
		this.#gate.open();
		this.#freed.call();
	}

	*#contents(): Generator<readonly [string, string]> {
		for (const [job, entry] of this.#runs) yield [job, lineOf(entry)];
	}

	/** Takes over entries in the file that no other process has any more. What this process knows is newer. */
	#takeOver(file: LineFile, left: ReadonlyMap<string, JournalEntry>): void {
		file.setKeys(left.keys());
		const before = this.#runs.size;
		for (const [job, entry] of left) {
			if (this.#shared.has(job) || this.#runs.has(job)) continue;
			this.#shared.add(job);
			if (isAsItWas(entry, this.#lost.get(job))) this.#lost.delete(job);
			this.#runs.set(job, entry);
			this.#unclaimed.set(job, { since: entry.receipt.at });
		}
		this.#takenOverAt = performance.now();
		if (this.#runs.size > before) this.#takenOver.call();
	}

	/** Whether the file is still ours, if it was before. */
	#isOurs(): boolean {
		const isUntouched = () => this.#file?.isInPlace() === true;
		if (this.#owned && !this.#lock?.isOurs(isUntouched)) this.#lose();
		return this.#owned;
	}

	/** Another process took our file, which can happen after this process was paused for long. */
	#lose(): void {
		this.#owned = false;
		this.#losses += 1;
		this.#gate = newGate();
		for (const [job, entry] of this.#runs) {
			if (!this.#file?.has(job)) continue;
			// Only this process can get the answer to a submit on its way.
			const isOnItsWay = entry.receipt.state === 'submitting' && !this.#asking.has(job);
			if (isOnItsWay) this.#shared.add(job);
			else this.#lost.set(job, entry);
		}
		this.#forgetLost();
	}

	#forgetLost(): void {
		for (const job of this.#lost.keys()) {
			this.#runs.delete(job);
			this.#file?.forget(job);
		}
		this.#file?.abandon();
		this.#freed.call();
	}

	#goWithout(why: string): void {
		const text = `${WITHOUT} ${why}.`;
		if (unprotectedBecause() !== text) this.#options.warn(text);
		noteProtection(text);
		this.#gate.open();
	}

	/** Names a held run in the log, once, in one line with other runs of the same turn. */
	#name(run: HeldRun): void {
		if (this.#named.has(run.job)) return;
		this.#named.add(run.job);
		if (this.#unnamed.push(run) > 1) return;
		setImmediate(() => this.#options.warn(heldText(this.#unnamed.splice(0))));
	}

	/** Names a request in the log, in one line with other requests of the same turn. */
	#nameUnkept(job: string): void {
		if (this.#unkept.push(job) > 1) return;
		setImmediate(() => {
			const jobs = this.#unkept.splice(0).filter((one) => this.#file?.lacks(one));
			const entries = jobs.flatMap((one) => this.#runs.get(one) ?? []);
			if (entries.length > 0) this.#options.warn(unkeptText(entries));
		});
	}

	#giveUp(): void {
		const now = this.#options.now();
		const old = [...this.#unclaimed].filter(([, { since }]) => now - since > MAX_AGE_MS);
		const entries = old.flatMap(([job]) => this.#runs.get(job) ?? []);
		if (entries.length > 0) this.#options.warn(abandonedText(entries));
		for (const [job, { onGivenUp }] of old) {
			this.#unclaimed.delete(job);
			this.ended(job);
			onGivenUp?.();
		}
	}
}

/** Why a file cannot be used: the system's message, without file names that differ at each attempt. */
function failureText(path: string, error: unknown): string {
	const { syscall } = error as Partial<NodeJS.ErrnoException>;
	const text = messageOf(error);
	return syscall === undefined ? text : `${text.split(`, ${syscall}`)[0]} (${path})`;
}

/** The log text while another running process has the journal. */
function inUseText(path: string): string {
	return `another process uses ${path}. Give each Node-RED its own user directory`;
}

/** A gate that callers wait for until it opens. */
function newGate() {
	let isOpen = false;
	let open = () => undefined as void;
	const opened = new Promise<void>((resolve) => {
		open = () => {
			isOpen = true;
			resolve();
		};
	});
	return { isOpen: () => isOpen, open, opened };
}

/** Whether another process, which had taken over a run, has left it as we knew it, with no new request. */
function isAsItWas({ receipt }: JournalEntry, lost: JournalEntry | undefined): boolean {
	const { requestId } = receipt.ids;
	if (requestId !== undefined) return requestId === lost?.receipt.ids.requestId;
	return receipt.state === 'planned';
}

/** Why runs would not survive the end of this process. Nodes show this in their status. */
const protection = perRuntime(() => ({ problem: undefined as string | undefined }));

/** Called when the answer of `unprotectedBecause` changes. */
export const protectionChanged = perRuntime(createListeners);

/** Why runs would not survive a restart of Node-RED now, as a sentence; undefined if they would. */
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

/** The open journal, if a node has opened one. */
export function presentJournal(): Journal | undefined {
	return present().journal;
}

/** The journal of the user directory. A process has only one. */
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
