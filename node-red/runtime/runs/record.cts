import {
	type CancelVerdict,
	compact,
	holdsSecret,
	oneLine,
	type OutputFile,
	type Outputs,
	type Progress,
	type Receipt,
	type RequestRef,
	type SubmitInput,
} from '../../../core/index.js';
import type { State } from '../../contract/states.cjs';
import type { Work } from '../node/lasting.cjs';
import type { MessageFacts } from '../node/message.cjs';
import { createListeners, perRuntime } from '../runtime.cjs';
import { FETCH_BY_ID } from '../unheard.cjs';

/** What is noted of a run beside its receipt. Plain data; moments are milliseconds since the epoch. */
export interface Noted {
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

/** What people see of a run, while it goes on and once it has ended. */
export interface RunRecord extends Noted, Partial<RequestRef> {
	/** When it began to run on the machine. Absent if it was running already when this process first looked. */
	readonly startedAt?: number;
}

export type RecordedFile = Pick<OutputFile, 'filename' | 'kind' | 'url' | 'mime_type'>;

/** Changes; what becomes undefined is dropped. */
export type RecordChanges = { [Name in keyof Noted]?: Noted[Name] | undefined };

/** States only go forward; those at RunComfy may go either way. */
export const RANK: Readonly<Record<State, number>> = {
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

/** What is noted of a run that begins, with what an earlier process has `left` of it. */
export function noteOf({ id: job, nodeId, msg, resumed }: Work, left: Partial<Noted>): Noted {
	const { topic } = msg;
	return compact({
		job,
		nodeId,
		topic: typeof topic === 'string' ? topic.slice(0, TOPIC_LENGTH) : undefined,
		resumed: resumed || undefined,
		state: 'reading',
		arrivedAt: timeOfArrival(),
		...left,
	}) as Noted;
}

const lastArrival = perRuntime(() => ({ at: 0 }));

/** The time, with a fraction for each of several messages in one millisecond: a later process keeps them in order. */
function timeOfArrival(): number {
	const last = lastArrival();
	const now = Date.now();
	last.at = now === Math.floor(last.at) ? last.at + 0.001 : now;
	return last.at;
}

/** The record with the changes that count; the same one if none does. */
export function changed(record: Noted, changes: RecordChanges): Noted {
	const { state = record.state } = changes;
	// What could not be submitted waits again.
	const isBack = state === 'waiting' && record.state !== 'ended';
	const wanted: RecordChanges = {
		...changes,
		state: RANK[state] < RANK[record.state] && !isBack ? record.state : state,
	};
	const names = Object.keys(wanted) as Array<keyof Noted>;
	if (names.every((name) => record[name] === wanted[name])) return record;
	return compact({ ...record, ...wanted }) as Noted;
}

/** Whether it was seen to go on after RunComfy had refused its cancel, which may also mean that it had ended. */
export function runsOn({ cancel, seen }: Receipt): boolean {
	const { verdict, answeredAt = 0 } = cancel ?? {};
	return verdict === 'not_cancellable' && (seen?.underWayAt ?? 0) >= answeredAt;
}

/** What became of the request of a run that was stopped. */
export interface Fate {
	/** Continues a sentence that begins with the request. */
	readonly fate: string;
	/** How the run ends for the sidebar, if its message tells nobody. */
	readonly outcome: string;
	/** Whether its result can be fetched, or has to be looked for. */
	readonly isLost: boolean;
}

const UNCLEAR: Fate = {
	fate: 'may still be running: RunComfy did not confirm its cancel',
	outcome: 'aborted',
	isLost: true,
};

/** By the answer to its cancel; or it had ended before that, or was `left` to RunComfy. */
export const FATES: Readonly<Record<CancelVerdict | 'ended' | 'left', Fate>> = {
	cancellation_requested: { fate: 'is being canceled', outcome: 'run_canceled', isLost: false },
	not_cancellable: {
		fate: 'could not be canceled (it had ended, or RunComfy cancels it only while it is queued: check its status)',
		outcome: 'output_unavailable',
		isLost: true,
	},
	unknown: UNCLEAR,
	'no answer': UNCLEAR,
	ended: { fate: 'had ended', outcome: 'output_unavailable', isLost: true },
	left: { fate: 'goes on', outcome: 'aborted', isLost: false },
};

/** What helps with requests whose fates are told; nothing if all of them were canceled. */
export function adviceFor(fates: ReadonlyArray<Pick<Fate, 'outcome'>>): string {
	return fates.every(({ outcome }) => outcome === 'run_canceled') ? '' : ` ${FETCH_BY_ID}`;
}

/** What a status call changes, beside the receipt. */
export function progressChanges({ status, queue_position, expected_ms }: Progress): RecordChanges {
	const state = status === 'in_queue' || status === 'in_progress' ? status : undefined;
	const changes = { queuePosition: queue_position, estimatedMs: expected_ms };
	return state ? { state, ...changes } : changes;
}

/** What the outputs on a message change. */
export function outputChanges({ runcomfy }: MessageFacts): RecordChanges {
	const { files, texts, cost } = runcomfy ?? {};
	const [first] = Array.isArray(texts) ? (texts as Outputs['texts']) : [];
	return {
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

/** The note of a run that has succeeded, or failed with a code. */
export function ended(noted: Noted, outcome: string, reason = '', endedAt: number): Noted {
	const over = { queuePosition: undefined, waitsForDisk: undefined };
	const why = reason.slice(0, REASON_LENGTH) || undefined;
	return changed(noted, { state: 'ended', endedAt, outcome, reason: why, ...over });
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
