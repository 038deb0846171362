import type { NodeMessageInFlow } from 'node-red';
import {
	type Notes,
	Recent,
	type RequestRef,
	RunComfyError,
	type Secrets,
	type SubmitInput,
	type Target,
} from '../../../core/index.js';
import { restoreInput } from '../inputs/keptInput.cjs';
import { factsOf, type KeptInput } from '../journal/entries.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { briefMessage, keptMessage, wholeMessage } from '../journal/keptMessage.cjs';
import type { Action } from '../node/action.cjs';
import type { Work } from '../node/work.cjs';
import type { OutputOptions } from '../outputs/outputs.cjs';
import { perRuntime } from '../runtime.cjs';
import { refOf, type RunRecord } from './record.cjs';

/** What a run has settled before its submit, and what holds after a restart, too. Plain data. */
export interface Plan extends Notes {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

interface Kept {
	/** What runs, if that is known. */
	target: Partial<Target>;
	/** Of a request that somebody else has submitted. */
	requestId?: string;
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
	{ connection, secrets }: Pick<Action, 'connection' | 'secrets'>,
	{ plan, target, ...kept }: Kept,
): JournalEntry {
	const at = connection.client.host.now();
	const seen = record && { seen: seenOf(record, kept, secrets) };
	return { job, nodeId, at, ...placeOf(target), ...kept, plan: { ...plan, ...seen } };
}

function placeOf({ service, deploymentId = '', modelId }: Partial<Target>) {
	return service === 'model' ? { deploymentId, service, modelId } : { deploymentId };
}

/** The request that an entry names. */
export function refIn(entry: JournalEntry): RequestRef | undefined {
	return refOf(factsOf(entry) as RunRecord);
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
	const ids = Object.entries(factsOf(entry)).filter(([, id]) => id !== undefined);
	const { arrivedAt } = seen;
	return {
		// A line from before that was kept has only the moment at which it was written.
		arrivedAt: typeof arrivedAt === 'number' ? arrivedAt : entry.at,
		...Object.fromEntries([...texts, ...ids]),
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
		at: Date.now(),
		deploymentId: '',
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
	const { service, ...ids } = factsOf(entry);
	return {
		...msg,
		...Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== undefined)),
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
			...factsOf(entry),
			hint: 'Nothing was submitted for it. Send it again.',
		},
	);
}

/** Of a submit whose answer an earlier process has not written down. */
export function endedDuringSubmit(entry: JournalEntry): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
		factsOf(entry),
	);
}

/** What a run has submitted, to be submitted once more: what the journal would keep of it. */
export interface KeptRun {
	readonly nodeId: string;
	readonly target: Target;
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
