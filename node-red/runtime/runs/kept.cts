import type { NodeMessageInFlow } from 'node-red';
import {
	type Notes,
	plannedReceipt,
	type Receipt,
	Recent,
	RunComfyError,
	type Secrets,
	type SubmitInput,
} from '../../../core/index.js';
import { restoreInput } from '../inputs/keptInput.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { briefMessage, keptMessage, wholeMessage } from '../journal/keptMessage.cjs';
import { type KeptInput } from '../journal/lines.cjs';
import type { Action } from '../node/action.cjs';
import type { Work } from '../node/lasting.cjs';
import type { OutputOptions } from '../outputs/outputs.cjs';
import { perRuntime } from '../runtime.cjs';
import { type RunRecord } from './record.cjs';

/** What a run has settled before its submit, and what holds after a restart, too. Plain data. */
export interface Plan {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

interface Kept {
	receipt: Receipt;
	/** As `keptMessage` has it. */
	msg: Record<string, unknown>;
	/** Plain data that holds after a restart, too. */
	plan: object;
	/** Until its submit. */
	waiting?: JournalEntry['waiting'];
}

/** What the journal keeps of a message's work. */
export function entryOf(
	{ id: job, nodeId, record }: Pick<Work, 'id' | 'nodeId'> & { record?: RunRecord },
	{ secrets }: Pick<Action, 'secrets'>,
	{ plan, ...kept }: Kept,
): JournalEntry {
	const seen = record && { seen: seenOf(record, kept, secrets) };
	return { job, nodeId, ...kept, plan: { ...plan, ...seen } };
}

/** What an earlier process has told of its inputs. */
export function notesOf({ receipt: { notes = { warnings: [] } } }: JournalEntry): Notes {
	return notes;
}

/**
 * What the sidebar tells a run by, besides its ids and its topic. Of an input that could not be kept,
 * because it is large or holds a secret, a few words are not kept either.
 */
function seenOf(
	{ arrivedAt, about, deploymentName, modelName }: RunRecord,
	{ waiting }: Pick<Kept, 'waiting'>,
	secrets: Secrets,
) {
	const shown = waiting && !waiting.input ? undefined : about;
	return {
		arrivedAt,
		deploymentName,
		modelName,
		...(shown === undefined ? {} : keptMessage({ about: shown }, secrets)),
	};
}

/** What is known of a run that an earlier process began, before any of it is read. */
export function recordLeft(entry: JournalEntry): Partial<RunRecord> {
	const seen = (entry.plan['seen'] ?? {}) as Record<string, unknown>;
	const texts = Object.entries(seen).filter(([name, text]) => SEEN.has(name) && isText(text));
	const { ids, at } = entry.receipt;
	const { arrivedAt } = seen;
	return {
		// Of a message that was not read yet, only that moment is known.
		arrivedAt: typeof arrivedAt === 'number' ? arrivedAt : at,
		...Object.fromEntries(texts),
		...ids,
		...(entry.superseded ? { canceledBy: 'newer' as const } : {}),
	};
}

const SEEN = new Set(['about', 'deploymentName', 'modelName']);
const isText = (value: unknown) => typeof value === 'string';

/**
 * The same before anything of the message was read: all of it if that can be kept, so that the next
 * process reads it; else what to report it by.
 */
export function unreadEntry(
	nodeId: string,
	{ job, msg, secrets }: { job: string; msg: NodeMessageInFlow; secrets: Secrets },
): JournalEntry {
	const whole = wholeMessage(msg, secrets);
	return {
		job,
		nodeId,
		receipt: plannedReceipt({}, Date.now()),
		plan: {},
		msg: whole ?? briefMessage(msg, secrets),
		waiting: whole ? { unread: true } : {},
	};
}

/** The same of a message that only waits for a request, which is named by its ids if by no more. */
export function unreadWait(
	nodeId: string,
	unread: { job: string; msg: NodeMessageInFlow; secrets: Secrets },
): JournalEntry {
	const entry = unreadEntry(nodeId, unread);
	if (entry.waiting?.unread) return entry;
	const { msg, secrets } = unread;
	const ids = Object.entries(msg).filter(([name, value]) => IDS.has(name) && isText(value));
	const { service } = (msg as { runcomfy?: { service?: unknown } }).runcomfy ?? {};
	const kept = {
		...keptMessage(msg, secrets),
		...Object.fromEntries(ids),
		...(service === 'model' ? { runcomfy: { service } } : {}),
	};
	return { ...entry, msg: kept, waiting: { unread: true } };
}

const IDS = new Set(['requestId', 'deploymentId', 'modelId']);

/** The message that an entry was written for, as far as it was kept. */
export function resumedMessage(entry: JournalEntry) {
	const { msg, waiting } = entry;
	const { service, ...ids } = entry.receipt.ids;
	return {
		...msg,
		...ids,
		// What is to be read may be what an earlier node has set.
		runcomfy: {
			...(waiting?.unread ? (msg['runcomfy'] as object | undefined) : {}),
			...(service ? { service } : {}),
			resumed: true,
		},
	} as unknown as NodeMessageInFlow;
}

/**
 * What is to be submitted for a message that still waited when an earlier process ended.
 * @throws RunComfyError `aborted` if it could not be kept
 */
export async function keptInputOf(entry: JournalEntry, action: Action): Promise<SubmitInput> {
	const { waiting } = entry;
	const input = waiting?.input && (await restoreInput(waiting.input, action));
	if (input) return input;
	throw new RunComfyError(
		'aborted',
		'Node-RED ended while the message waited, and what was to be submitted could not be kept',
		{
			...entry.receipt.ids,
			hint: 'Nothing was submitted for it. Send it again.',
		},
	);
}

/** Of a submit whose answer an earlier process has not written down. */
export function endedDuringSubmit(entry: JournalEntry): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
		entry.receipt.ids,
	);
}

/** What a run has submitted, to be submitted once more: what the journal would keep of it. */
export interface KeptRun {
	readonly nodeId: string;
	readonly receipt: Receipt;
	readonly input: KeptInput;
	readonly msg: Record<string, unknown>;
	readonly plan: Plan;
}

/** Runs that are kept: the newest, by their job. Each takes up to 80 KB, most take less than one. */
const MOST_KEPT = 50;
const keptRuns = perRuntime(() => new Recent<string, KeptRun>(MOST_KEPT));

/** Keeps what a run is about to submit, for a rerun. */
export function keepForRerun(job: string, run: KeptRun): void {
	keptRuns().set(job, run);
}

/** Forgets a run if nobody knows whether it was accepted: it may already be paid for. */
export function forbidRerun(job: string): void {
	keptRuns().delete(job);
}

/** What an ended run has submitted, if that is kept. */
export function keptRunOf(job: string): KeptRun | undefined {
	return keptRuns().get(job);
}
