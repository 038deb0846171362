import {
	holdsSecret,
	idsIn,
	isUnclear,
	oneLine,
	type OutputFile,
	type Outputs,
	type Progress,
	type Receipt,
	type RequestRef,
	type SubmitInput,
} from '../../../core/index.js';
import type { CancelState, State } from '../../contract/states.cjs';
import type { StopMode } from '../node/lasting.cjs';
import type { MessageFacts } from '../node/message.cjs';
import type { Shown } from '../node/status.cjs';
import { createListeners, perRuntime } from '../runtime.cjs';
import { FETCH_BY_ID } from '../unheard.cjs';

/** What is known about one run. Plain data; moments are milliseconds since the epoch. */
export interface RunRecord extends Partial<RequestRef> {
	/** The run's name, unique over all runs and the same after a restart. */
	readonly job: string;
	readonly nodeId: string;
	readonly topic?: string;
	readonly state: State;
	/** What its deployment or model is called, once that was read. */
	readonly targetName?: string;
	/** US dollars, once RunComfy has said so. */
	readonly cost?: number;
	readonly queuePosition?: number;
	/** While it waits until the journal can be written. */
	readonly waitsForDisk?: true;
	/** When the message came, also if that was before a restart. */
	readonly arrivedAt: number;
	/** When it was first seen in progress. Absent if it was so at the first status call after a restart. */
	readonly startedAt?: number;
	/** Whether it was seen in the queue: otherwise, after a restart, it is not known when the run began. */
	readonly seenQueued?: true;
	/** Milliseconds that the deployment's runs usually take, once known. */
	readonly estimatedMs?: number;
	readonly endedAt?: number;
	/** `succeeded`, or the code of the error. */
	readonly outcome?: string;
	/** What happened and what helps, if it failed. */
	readonly reason?: string;
	/** A few words of what was asked for: the prompt, or the first input that was set. */
	readonly about?: string;
	/** The beginning of the first text of the result. */
	readonly text?: string;
	/** The first files of the result. */
	readonly files?: readonly RecordedFile[];
	readonly resumed?: true;
	/** Whether its files may be fetched from private addresses. */
	readonly allowPrivate?: boolean;
}

export type RecordedFile = Pick<OutputFile, 'filename' | 'kind' | 'url' | 'mime_type'>;

/** Changes; what becomes undefined is dropped. */
export type RecordChanges = { [Name in keyof RunRecord]?: RunRecord[Name] | undefined };

/** States only go forward; those at RunComfy may go either way. */
const RANK: Readonly<Record<State, number>> = {
	reading: 0,
	waiting: 1,
	submitting: 2,
	in_queue: 3,
	in_progress: 3,
	fetching: 4,
	ended: 5,
};

const TOPIC_LENGTH = 100;
const REASON_LENGTH = 500;
const TEXT_LENGTH = 500;
const MOST_FILES = 4;

export function newRecord(
	{ topic, resumed, ...first }: { job: string; nodeId: string; topic: unknown; resumed: boolean },
	arrivedAt: number,
): RunRecord {
	const named = typeof topic === 'string' ? { topic: topic.slice(0, TOPIC_LENGTH) } : {};
	return { ...first, ...named, ...(resumed ? { resumed } : {}), state: 'reading', arrivedAt };
}

/** The record with the changes that count; the same one if none does. */
export function changed(record: RunRecord, changes: RecordChanges): RunRecord {
	const { state = record.state } = changes;
	// What could not be submitted waits again.
	const isBack = state === 'waiting' && record.requestId === undefined && record.state !== 'ended';
	const wanted: RecordChanges = {
		...changes,
		state: RANK[state] < RANK[record.state] && !isBack ? record.state : state,
	};
	const names = Object.keys(wanted) as Array<keyof RunRecord>;
	if (names.every((name) => record[name] === wanted[name])) return record;
	const entries = Object.entries({ ...record, ...wanted });
	return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as never;
}

/** What a run is judged by. */
interface Judged {
	readonly record: RunRecord;
	readonly receipt: Receipt;
	/** How it was stopped when its node closed. */
	readonly stopped?: StopMode | undefined;
}

/** Whether there is something to cancel. */
export function isCancelable({ record, stopped }: Judged): boolean {
	return stopped === undefined && RANK[record.state] < RANK.fetching;
}

/** Where its cancel stands, until RunComfy has said that it has ended. */
export function cancelStateOf({ record, receipt }: Judged): CancelState | undefined {
	const { by, verdict } = receipt.cancel ?? {};
	if (RANK[record.state] >= RANK.fetching) return undefined;
	if (verdict === 'cancellation_requested') return 'accepted';
	if (runsOn(receipt)) return 'refused';
	return by === 'flow' && !isUnclear(verdict) ? 'asked' : undefined;
}

/** Whether it was seen to go on after RunComfy had refused its cancel, which may also mean that it had ended. */
export function runsOn({ cancel, seen }: Receipt): boolean {
	const { verdict, answeredAt = 0 } = cancel ?? {};
	return verdict === 'not_cancellable' && (seen?.underWayAt ?? 0) >= answeredAt;
}

/** Whether it is not known what happened to what a stopped run has submitted. */
export function isUnanswered({ record: { state }, receipt: { cancel } }: Judged): boolean {
	const mayBeThere = RANK[state] >= RANK.submitting && RANK[state] < RANK.fetching;
	return mayBeThere && cancel?.verdict === undefined;
}

/** What became of the request of a stopped run; undefined if it has none, or that is not known yet. */
export function fateOf(run: Judged) {
	const { requestId } = run.record;
	const { verdict } = run.receipt.cancel ?? {};
	if (requestId === undefined) return undefined;
	if (verdict === 'not_cancellable') return { requestId, fate: NOT_CANCELED, isLost: true };
	if (verdict === 'cancellation_requested') {
		return { requestId, fate: CANCELED, isLost: false };
	}
	if (verdict !== undefined) return { requestId, fate: 'may still be running', isLost: true };
	if (run.stopped === 'leave') return { requestId, fate: 'goes on', isLost: false };
	return isUnanswered(run) ? undefined : { requestId, fate: 'had ended', isLost: true };
}

const CANCELED = 'was canceled';

export const NOT_CANCELED =
	'could not be canceled (it had ended, or RunComfy cancels it only while it is queued: check its status)';

/** What helps with requests whose fates are told; nothing if all of them were canceled. */
export function adviceFor(fates: ReadonlyArray<{ fate: string }>): string {
	return fates.every(({ fate }) => fate === CANCELED) ? '' : ` ${FETCH_BY_ID}`;
}

/** What a status call changes. `now` is by the clock of the run's host. */
export function progressChanges(
	{ startedAt, seenQueued }: RunRecord,
	{ status, queue_position: queuePosition, running_ms: runningMs, expected_ms }: Progress,
	now: number,
): RecordChanges {
	const start = seenQueued && runningMs !== undefined ? now - runningMs : undefined;
	const state = status === 'in_queue' || status === 'in_progress' ? status : undefined;
	return {
		...(state ? { state } : {}),
		...(runningMs === undefined ? { seenQueued: true } : {}),
		queuePosition,
		// Computed again at every status call, it would seem to move by what a call takes.
		startedAt: start === undefined ? undefined : (startedAt ?? start),
		estimatedMs: expected_ms,
	};
}

/** What the facts on a message change. */
export function messageChanges(facts: MessageFacts): RecordChanges {
	const { files, texts, cost } = facts.runcomfy ?? {};
	const [first] = Array.isArray(texts) ? (texts as Outputs['texts']) : [];
	return {
		...idsIn(facts),
		...(typeof cost === 'number' ? { cost } : {}),
		...(first ? { text: first.text.slice(0, TEXT_LENGTH) } : {}),
		...(Array.isArray(files) && files.length > 0 ? { files: firstOf(files) } : {}),
	};
}

function firstOf(files: OutputFile[]): RecordedFile[] {
	// The address may be a data URI that holds the whole file.
	const first = files.filter(({ url }) => /^https?:/i.test(url)).slice(0, MOST_FILES);
	return first.map(({ filename, kind, url, mime_type }) => ({ filename, kind, url, mime_type }));
}

/** What the end of a run changes: it succeeded, or failed with a code. */
export function endChanges(
	outcome: string,
	reason: string | undefined,
	now: number,
): RecordChanges {
	return {
		state: 'ended',
		endedAt: now,
		outcome,
		queuePosition: undefined,
		waitsForDisk: undefined,
		reason: reason?.slice(0, REASON_LENGTH),
	};
}

/** What the status shows of a run. `behindMs` is how far its host's clock is behind this process's. */
export function shownOf(run: Judged, behindMs: number): Shown {
	const { state, requestId, queuePosition, startedAt, estimatedMs, waitsForDisk } = run.record;
	const runningSince = startedAt === undefined ? undefined : startedAt + behindMs;
	const going = state === 'ended' ? 'fetching' : state;
	return {
		state: going,
		requestId,
		queuePosition,
		runningSince,
		estimatedMs,
		waitsForDisk,
		cancel: cancelStateOf(run),
	};
}

const ABOUT_LENGTH = 120;

/** What prompts are called in workflows. */
const PROMPT = /prompt|^(text|positive|string)/i;

/**
 * A few words of what a run is asked for, to tell it from others: its prompt, or the first input that
 * it sets. Undefined if it sets none, or only files.
 */
export function aboutOf({
	overrides = {},
	inputs: direct = {},
}: Pick<SubmitInput, 'overrides' | 'inputs'>): string | undefined {
	const given = [direct, ...Object.values(overrides).map((node) => node.inputs ?? {})];
	const inputs = given
		.flatMap((some) => Object.entries(some))
		.filter(([name, value]) => isPlain(value) && !holdsSecret(name, value));
	const prompt = inputs.find(([name, value]) => PROMPT.test(name) && typeof value === 'string');
	if (prompt) return inShort(String(prompt[1]));
	const [first] = inputs;
	return first && inShort(`${first[0]}: ${String(first[1])}`);
}

function isPlain(value: unknown): boolean {
	if (typeof value === 'string') return value.trim() !== '' && !/^data:/i.test(value);
	return ['number', 'bigint', 'boolean'].includes(typeof value);
}

function inShort(text: string): string {
	return oneLine(text, ABOUT_LENGTH);
}

/** To be called when a run has begun, has changed, or is gone. It may be called often. */
export const runsChanged = perRuntime(createListeners);
