import { type Receipt, RunComfyError } from '../../../core/index.js';

/**
 * Which runs have not ended yet, on disk, so that no end of the process loses a request that is paid
 * for. Only `submitting` throws. While the medium fails, runs go on without; while another process has
 * the journal, they are kept beside it. Both are tried again every few seconds.
 */
export interface Journal {
	/**
	 * To be called when a message begins to wait. `lasting` is false if it waits for a moment only:
	 * the line outlives this process then, but perhaps no power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void;
	/**
	 * To be called before the submit, which is to wait until this resolves: then it is on the medium.
	 * @throws RunComfyError `aborted` if another process may have submitted it
	 */
	submitting(entry: JournalEntry): Promise<void>;
	/** To be called when a newer message has taken the place of a run's. */
	superseded(job: string): void;
	/** To be called as soon as RunComfy has answered the submit. */
	accepted(job: string, requestId: string, at: number): void;
	ended(job: string): void;
	/** What has not ended of a node's runs, those of earlier processes included. */
	live(nodeId: string): JournalEntry[];
	/** Whether what it was given outlives this process. */
	isKept(): boolean;
	/**
	 * Calls back when entries of another process have come in that is gone.
	 * @returns a function that takes it back
	 */
	onTakenOver(listener: () => void): () => void;
	/** Sees after file and lock. Happens every few seconds by itself. */
	check(): void;
}

/** What the log says of entries that are given up. */
export function abandonedText(entries: readonly JournalEntry[]): string {
	const names = entries.map(({ receipt: { ids }, nodeId }) => {
		const target = ids.modelId
			? `model ${ids.modelId}`
			: `deployment ${ids.deploymentId ?? 'unknown'}`;
		return `${ids.requestId ?? `one without an id, of ${target}`} (node ${nodeId})`;
	});
	return `Nothing waits any more for these RunComfy requests, whose nodes have been gone for 30 days: ${names.join(', ')}`;
}

/** What the log says while another process has the journal, and lives. */
export function inUseText(path: string): string {
	return `Node-RED shares its user directory: another process uses ${path}. The RunComfy runs of this one are kept beside it. Let each Node-RED have a user directory of its own.`;
}

export function inUseNoMoreText(path: string): string {
	return `The other process has ended: RunComfy runs are kept in ${path} again.`;
}

/** Of what waited when another process took the journal. */
export function takenByAnother(entry: JournalEntry): RunComfyError {
	return new RunComfyError(
		'aborted',
		'Another Node-RED with the same user directory has taken over what waited here, and may have submitted it',
		{
			...entry.receipt.ids,
			hint: 'It was not submitted here. Let each Node-RED have a user directory of its own.',
		},
	);
}

/** An entry with nothing of its message but the id. */
export function leastOf({ msg: { _msgid }, waiting, ...entry }: JournalEntry): JournalEntry {
	return { ...entry, msg: { _msgid }, ...(waiting ? { waiting: {} } : {}) };
}

/** What is kept of an input until its submit. Plain data. */
export interface KeptInput {
	/** Of what is the message's alone, with large integers digit for digit. */
	json: string;
	/** Fields that are read from the node again: they may hold secrets, which the journal must not. */
	again: Array<'extraData' | 'webhook'>;
}

/** What is to be submitted, if that could be kept: the input, or the message that it is read from. */
interface KeptWaiting {
	input?: KeptInput | undefined;
	/** Whether nothing of the message was read yet, and all of it was kept. */
	unread?: true;
}

/** One run that has not ended, as a later process needs it. */
export interface JournalEntry {
	/** Unique over all runs. */
	job: string;
	nodeId: string;
	receipt: Receipt;
	/** What is kept of the message. */
	msg: Record<string, unknown>;
	/** What the node had read for this run, as plain data. */
	plan: Record<string, unknown>;
	/** Only while nothing has been submitted. */
	waiting?: KeptWaiting | undefined;
	/** Whether a newer message has taken its place: its result does not come out any more. */
	superseded?: true | undefined;
}

type JournalLine = ({ v: 1; is: 'run' } & JournalEntry) | { v: 1; is: 'ended'; job: string };

/**
 * What has not ended yet. A line that cannot be read is left out: the last one may be torn where
 * the process was killed, or the power failed.
 */
export function readLines(text: string): Map<string, JournalEntry> {
	const live = new Map<string, JournalEntry>();
	for (const line of text.split('\n')) apply(live, parse(line));
	return live;
}

/** What a later version of this package has written, as it is: only that one can tell what it says. */
export function laterLines(text: string): string {
	const later = text.split('\n').filter((line) => {
		const version = readVersion(line);
		return typeof version === 'number' && version > 1;
	});
	return later.map((line) => `${line}\n`).join('');
}

function readVersion(line: string): unknown {
	try {
		const value: unknown = JSON.parse(line);
		return isObject(value) ? value['v'] : undefined;
	} catch {
		return undefined;
	}
}

function apply(live: Map<string, JournalEntry>, line: JournalLine | undefined): void {
	if (line?.is === 'ended') live.delete(line.job);
	if (line?.is !== 'run') return;
	const { job, nodeId, receipt, msg, plan, superseded } = line;
	const waiting = receipt.state === 'planned' ? readKept(line.waiting) : undefined;
	live.set(job, { job, nodeId, receipt, msg, plan, waiting, superseded });
}

function parse(text: string): JournalLine | undefined {
	try {
		const line: unknown = JSON.parse(text);
		return isLine(line) ? line : undefined;
	} catch {
		return undefined;
	}
}

function isLine(value: unknown): value is JournalLine {
	if (!isObject(value) || value['v'] !== 1 || typeof value['job'] !== 'string') return false;
	const { is, nodeId, receipt, msg, plan } = value;
	if (is === 'ended') return true;
	return (
		is === 'run' &&
		typeof nodeId === 'string' &&
		isReceipt(receipt) &&
		isObject(msg) &&
		isObject(plan)
	);
}

function isReceipt(value: unknown): value is Receipt {
	if (!isObject(value) || typeof value['at'] !== 'number' || !isObject(value['ids'])) return false;
	return ['planned', 'submitting', 'accepted', 'attached'].includes(value['state'] as string);
}

/** What a line says of an input; nothing if it says something else. */
function readKept(waiting: unknown): KeptWaiting {
	const { input, unread } = isObject(waiting) ? waiting : {};
	if (unread === true) return { unread };
	if (!isObject(input)) return {};
	const { json, again } = input;
	return typeof json === 'string' && Array.isArray(again) ? { input: { json, again } } : {};
}

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The line of an entry, which takes the place of those before. */
export function lineOf(entry: JournalEntry): string {
	return formatLine({ v: 1, is: 'run', ...entry });
}

export function endLine(job: string): string {
	return formatLine({ v: 1, is: 'ended', job });
}

function formatLine(line: JournalLine): string {
	return `${JSON.stringify(line)}\n`;
}

export function linesOf(entries: readonly JournalEntry[]): Map<string, string> {
	return new Map(entries.map((entry) => [entry.job, lineOf(entry)]));
}
