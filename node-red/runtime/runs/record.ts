import {
	compact,
	type Ids,
	oneLine,
	type OutputFile,
	type Outputs,
	type Receipt,
	type StatusAnswer,
	type SubmitInput,
} from '../../../core';
import type { State } from '../../contract/states';
import type { Work } from '../node/lasting';
import type { MessageFacts } from '../node/message';
import { createListeners, perRuntime } from '../runtime';

/** Facts about a run in addition to its receipt. Plain data; times are milliseconds since the epoch. */
export interface Noted {
	/** The run's name, unique among all runs and the same after a restart. */
	readonly job: string;
	readonly nodeId: string;
	readonly topic?: string;
	readonly state: State;
	/** The name of the deployment or model, once it was read. */
	readonly targetName?: string;
	/** Cost in US dollars, once RunComfy has reported it. */
	readonly cost?: number;
	readonly queuePosition?: number;
	/** Set while the run waits until the journal can be written. */
	readonly waitsForDisk?: true;
	/** When the message arrived, even if that was before a restart. */
	readonly arrivedAt: number;
	readonly endedAt?: number;
	/** `succeeded`, or the code of the error. */
	readonly outcome?: string;
	/** If the run failed: what happened, and how to get unstuck. */
	readonly reason?: string;
	/** A few words about the input: the prompt, or the first input that was set. */
	readonly about?: string;
	/** The beginning of the first text of the result. */
	readonly text?: string;
	/** Kind and URL of the first file of the result. */
	readonly kind?: OutputFile['kind'];
	readonly url?: string;
	readonly resumed?: true;
}

/** What users see of a run, both while it goes on and after it has ended. */
export interface RunRecord extends Noted, Ids {
	/** When the run started on the machine. Absent if it was already running when this process first checked. */
	readonly startedAt?: number;
}

/** Changes to the facts about a run. Undefined removes a fact. */
export type RecordChanges = { [Name in keyof Noted]?: Noted[Name] | undefined };

/** The order of states. A run only moves forward, except between the states at RunComfy. */
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

/** The facts about a run that begins, including those that an earlier process has `left`. */
export function initialFacts({ id: job, nodeId, msg, resumed }: Work, left: Partial<Noted>): Noted {
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

/**
 * The current time. Messages in the same millisecond get different fractions, so that a later process keeps their
 * order.
 */
function timeOfArrival(): number {
	const last = lastArrival();
	const now = Date.now();
	last.at = now === Math.floor(last.at) ? last.at + 0.001 : now;
	return last.at;
}

/** The facts with the changes that apply; the same object if nothing changes. */
export function withChanges(record: Noted, changes: RecordChanges): Noted {
	const { state = record.state } = changes;
	// A run that could not be submitted waits again.
	const isBack = state === 'waiting' && record.state !== 'ended';
	const wanted: RecordChanges = {
		...changes,
		state: RANK[state] < RANK[record.state] && !isBack ? record.state : state,
	};
	const names = Object.keys(wanted) as Array<keyof Noted>;
	if (names.every((name) => record[name] === wanted[name])) return record;
	return compact({ ...record, ...wanted }) as Noted;
}

/**
 * Whether the run was seen in progress after RunComfy refused its cancel. The refusal alone may also mean that the
 * run had ended.
 */
export function runsOn({ cancel, seen }: Receipt): boolean {
	const { verdict, answeredAt = 0 } = cancel ?? {};
	return verdict === 'not_cancellable' && (seen?.underWayAt ?? 0) >= answeredAt;
}

/** The facts about a run that come from a status call. */
export function statusChanges({ status, queue_position }: StatusAnswer): RecordChanges {
	const state = status === 'in_queue' || status === 'in_progress' ? status : undefined;
	const changes = { queuePosition: queue_position };
	return state ? { state, ...changes } : changes;
}

/** The facts about a run that come from the outputs on its message. */
export function outputChanges({ runcomfy }: MessageFacts): RecordChanges {
	const { files, texts, cost } = runcomfy ?? {};
	const [text] = Array.isArray(texts) ? (texts as Outputs['texts']) : [];
	// The URL may be a data URI with the whole file.
	const isLink = ({ url }: OutputFile) => /^https?:/i.test(url);
	const file = Array.isArray(files) ? (files as OutputFile[]).find(isLink) : undefined;
	return {
		...(typeof cost === 'number' ? { cost } : {}),
		...(text ? { text: text.text.slice(0, TEXT_LENGTH) } : {}),
		...(file ? { kind: file.kind, url: file.url } : {}),
	};
}

/** The facts about a run that has succeeded, or failed with a code. */
export function ended(noted: Noted, code: string, reason = '', endedAt: number): Noted {
	const over = { queuePosition: undefined, waitsForDisk: undefined };
	const why = reason.slice(0, REASON_LENGTH) || undefined;
	return withChanges(noted, { state: 'ended', endedAt, outcome: code, reason: why, ...over });
}

const ABOUT_LENGTH = 120;

/** Names of prompt inputs in workflows. */
const PROMPT = /prompt|^(text|positive|string|clip_[lg]$|t5xxl)/i;

/**
 * A few words that tell a run from others: its prompt, or the first input that it sets. Undefined if it sets no
 * inputs, or only files.
 */
export function aboutOf({
	overrides = {},
	inputs: direct = {},
}: Pick<SubmitInput, 'overrides' | 'inputs'>): string | undefined {
	const groups = [direct, ...Object.values(overrides).map((node) => node.inputs ?? {})];
	const inputs = groups
		.flatMap((some) => Object.entries(some))
		.filter(([, value]) => isPlain(value));
	const prompt = inputs.find(([name, value]) => PROMPT.test(name) && typeof value === 'string');
	if (prompt) return oneLine(String(prompt[1]), ABOUT_LENGTH);
	const [first] = inputs;
	return first && oneLine(`${first[0]}: ${String(first[1])}`, ABOUT_LENGTH);
}

function isPlain(value: unknown): boolean {
	if (typeof value === 'string') return value.trim() !== '' && !/^data:/i.test(value);
	return ['number', 'bigint', 'boolean'].includes(typeof value);
}

/** Call this when a run begins, changes or is removed. Frequent calls are fine. */
export const runsChanged = perRuntime(createListeners);
