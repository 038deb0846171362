import {
	assign,
	isObject,
	kindOf,
	oneLine,
	type Receipt,
	RunComfyError,
	targetId,
} from '../../../core';
import { droppedText } from '../unheard';

/** The stored part of an input until its submit. Plain data. */
export interface KeptInput {
	/** The parts that come from the message. Large integers keep all digits. */
	json: string;
	/** Whether there is a webhook. It is read from the node again: its URL may hold a secret, which must not be in the journal. */
	webhook: boolean;
}

/** The data to submit, if it could be stored: the input, or the message from which it is read. */
interface KeptWaiting {
	input?: KeptInput | undefined;
	/** Set if the message was not read yet and was stored completely. */
	unread?: true;
}

/** One run that has not ended, with the data that a later process needs. */
export interface JournalEntry {
	/** Unique among all runs. */
	job: string;
	nodeId: string;
	receipt: Receipt;
	/** The stored properties of the message. */
	msg: Record<string, unknown>;
	/** What the node has read for this run, as plain data. */
	plan: Record<string, unknown>;
	/** Present only while nothing has been submitted. */
	waiting?: KeptWaiting | undefined;
}

/** Who canceled a run, and when: all that is known before RunComfy was asked. */
export type CancelMark = Pick<NonNullable<Receipt['cancel']>, 'by' | 'at'>;

/** Runs that were canceled together. A cancel is never taken back, so the line counts wherever it stands. */
type Canceled = { is: 'canceled'; jobs: readonly string[] } & CancelMark;

type Line = ({ is: 'run' } & JournalEntry) | { is: 'gone'; job: string } | Canceled;

/**
 * Reads the lines of a journal: the last one for each run, by job. Skips unreadable lines: the last line may be torn
 * after a kill or a power failure.
 */
export function readLines(contents: string): Map<string, JournalEntry> {
	const runs = new Map<string, JournalEntry>();
	const canceled: Canceled[] = [];
	for (const one of contents.split('\n')) {
		const line = parseLine(one);
		if (line?.is === 'run') runs.set(line.job, entryIn(line));
		else if (line?.is === 'gone') runs.delete(line.job);
		else if (line?.is === 'canceled') canceled.push(line);
	}
	for (const { jobs, by, at } of canceled) markCanceled(runs, jobs, { by, at });
	return runs;
}

/**
 * Marks entries as canceled, except those that are marked already.
 * @returns the jobs with a new mark
 */
export function markCanceled(
	runs: Map<string, JournalEntry>,
	jobs: readonly string[],
	cancel: CancelMark,
): string[] {
	return jobs.filter((job) => {
		const entry = runs.get(job);
		if (!entry || entry.receipt.cancel) return false;
		runs.set(job, assign(entry, { receipt: assign(entry.receipt, { cancel }) }));
		return true;
	});
}

/** Space for a request id, in characters. */
const ROOM_FOR_ID = 100;

/**
 * The line of an entry, which replaces earlier lines. The line of a submit leaves space, so that the request id
 * still fits on a full disk.
 */
export function lineOf(entry: JournalEntry): string {
	const { state } = entry.receipt;
	// Once the submit may have been sent, nobody reads the input again.
	const waiting = state === 'planned' ? entry.waiting : undefined;
	const line = formatLine({ is: 'run', ...entry, waiting, receipt: withoutAnswer(entry.receipt) });
	if (state !== 'submitting') return line;
	return line.replace(/\n$/, `${' '.repeat(ROOM_FOR_ID)}\n`);
}

/** RunComfy's answer also has URLs, which would need more space than the id. */
function withoutAnswer({ answer: _answer, ...receipt }: Receipt): Receipt {
	return receipt;
}

export function canceledLine(jobs: readonly string[], cancel: CancelMark): string {
	return formatLine({ is: 'canceled', jobs, ...cancel });
}

export function goneLine(job: string): string {
	return formatLine({ is: 'gone', job });
}

function formatLine(line: Line): string {
	return `${JSON.stringify(line)}\n`;
}

function entryIn(line: { is: 'run' } & JournalEntry): JournalEntry {
	const { job, nodeId, receipt, msg, plan } = line;
	const waiting = receipt.state === 'planned' ? readKept(line.waiting) : undefined;
	return { job, nodeId, receipt, msg, plan, waiting };
}

/** Reads the stored input from a line. Empty if the line has none. */
function readKept(waiting: unknown): KeptWaiting {
	const { input, unread } = isObject(waiting) ? waiting : {};
	if (unread === true) return { unread };
	if (!isObject(input)) return {};
	const { json, webhook } = input;
	return typeof json === 'string' && typeof webhook === 'boolean'
		? { input: { json, webhook } }
		: {};
}

function parseLine(json: string): Line | undefined {
	try {
		const line: unknown = JSON.parse(json);
		return isLine(line) ? line : undefined;
	} catch {
		return undefined;
	}
}

function isLine(value: unknown): value is Line {
	if (!isObject(value)) return false;
	const { is, job, jobs, by, nodeId, at, receipt, msg, plan } = value;
	const isString = (one: unknown) => typeof one === 'string';
	if (is === 'canceled') {
		return Array.isArray(jobs) && jobs.every(isString) && isString(by) && typeof at === 'number';
	}
	if (!isString(job)) return false;
	if (is === 'gone') return true;
	return is === 'run' && isString(nodeId) && isReceipt(receipt) && isObject(msg) && isObject(plan);
}

function isReceipt(value: unknown): value is Receipt {
	if (!isObject(value) || typeof value['at'] !== 'number' || !isObject(value['ids'])) return false;
	return ['planned', 'submitting', 'accepted', 'attached'].includes(value['state'] as string);
}

/** The log text for entries that are given up. */
export function abandonedText(entries: readonly JournalEntry[]): string {
	const waiting = entries.filter(({ receipt }) => receipt.state === 'planned');
	const submitted = entries.filter(({ receipt }) => receipt.state !== 'planned');
	const names = submitted.map(({ receipt: { ids }, nodeId }) => {
		const target = `${kindOf(ids)} ${targetId(ids) ?? 'unknown'}`;
		return `${ids.requestId ?? `one without an id, of ${target}`} (node ${nodeId})`;
	});
	const nodes = [...new Set(waiting.map(({ nodeId }) => nodeId))].join(', ');
	const topics = waiting.map(({ msg }) => msg['topic']);
	return [
		...(waiting.length > 0
			? [`The nodes ${nodes} have been gone for 30 days: ${droppedText(topics)}`]
			: []),
		...(names.length > 0
			? [
					`Nothing waits any more for these RunComfy requests, whose nodes have been gone for 30 days: ${names.join(', ')}`,
				]
			: []),
	].join('. ');
}

/** The error of a run that another process has taken over. */
export function takenByAnother({ receipt: { ids } }: JournalEntry): RunComfyError {
	const what = ids.requestId
		? 'this request, and sends its result'
		: 'what waited here, and may have submitted it';
	return new RunComfyError(
		'aborted',
		`Another Node-RED with the same user directory has taken over ${what}`,
		{ ...ids, hint: 'Give each Node-RED its own user directory.' },
	);
}

/** How the log names a held run. */
export interface HeldRun {
	job: string;
	nodeId: string;
	topic: unknown;
	/** Undefined if the run waits to be submitted. */
	requestId: unknown;
}

/** How many messages the log names. It names all requests. */
const MOST_NAMED = 10;

/** The log text for runs that wait until the journal can be written. */
export function heldText(runs: readonly HeldRun[]): string {
	const paid = runs.filter(({ requestId }) => requestId !== undefined);
	const unpaid = runs.filter(({ requestId }) => requestId === undefined);
	const parts = [
		...paid.map(
			({ requestId, nodeId }) => `the end of request ${String(requestId)} (node ${nodeId})`,
		),
		...unpaid.slice(0, MOST_NAMED).map(({ nodeId, topic }) => {
			const named =
				typeof topic === 'string' && topic !== '' ? `, topic ${oneLine(topic, 100)}` : '';
			return `a message to be submitted (node ${nodeId}${named})`;
		}),
	];
	const more = unpaid.length - MOST_NAMED;
	if (more > 0) parts.push(`${more} more messages`);
	return `Waiting until the journal of RunComfy runs can be written, so that nothing is submitted or sent twice: ${parts.join(', ')}`;
}

/** The log text for requests whose ids are not on disk. */
export function unkeptText(entries: readonly JournalEntry[]): string {
	const names = entries.map(({ receipt: { ids }, nodeId }) => `${ids.requestId} (node ${nodeId})`);
	return `RunComfy has accepted requests that the journal does not have. If Node-RED ends before their messages come, fetch the results by these ids: ${names.join(', ')}`;
}

/** The log text for a run that has ended although its line on disk does not say so. */
export function unendedText(entry: JournalEntry): string {
	const { nodeId, receipt } = entry;
	if (receipt.state === 'planned') return uncanceledText([entry]);
	const { requestId = '(id unknown)' } = receipt.ids;
	return afterRestart(`the end of request ${requestId} may be sent`, [nodeId]);
}

/** The log text for messages that were canceled although their lines on disk do not say so. */
export function uncanceledText(entries: readonly JournalEntry[]): string {
	const { length } = entries;
	const what = length === 1 ? 'a message that was' : `${length} messages that were`;
	const nodes = new Set(entries.map(({ nodeId }) => nodeId));
	return afterRestart(`${what} canceled may be submitted`, [...nodes]);
}

function afterRestart(what: string, nodes: readonly string[]): string {
	const by = `${nodes.length === 1 ? 'node' : 'nodes'} ${nodes.join(', ')}`;
	return `After a restart of Node-RED, ${what} by ${by}, unless the journal can be written before`;
}
