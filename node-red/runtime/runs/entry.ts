import type { NodeMessageInFlow } from 'node-red';
import {
	conceal,
	idsIn,
	parseJson,
	RunComfyError,
	type Secrets,
	stringifyJson,
	type SubmitInput,
} from '../../../core';
import { isEmpty, type Reading, readText, sourceOf } from '../inputs/inputs';
import type { JournalEntry } from '../journal/journal';
import { briefMessage, keptMessage, wholeMessage } from '../journal/keptMessage';
import type { KeptInput } from '../journal/lines';
import type { Action } from '../node/action';
import type { OutputOptions } from '../outputs/outputs';
import type { Noted } from './record';

/** What a run has decided before its submit. Plain data that is still valid after a restart. */
export interface Plan {
	output: OutputOptions;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** What the journal stores about a run in addition to its receipt. */
export type Kept = Pick<JournalEntry, 'msg' | 'plan' | 'waiting'>;

/** The journal's data for a message that waits to be submitted, including its input if that can be stored. */
export function waitingEntry(action: Action, input: SubmitInput, plan: object): Kept {
	const { msg, secrets } = action;
	const waiting = { input: keepInput(input, action, secrets) };
	return { msg: keptMessage(msg, secrets), plan: { ...plan }, waiting };
}

/**
 * What the sidebar shows of a run in addition to ids and topic. If the input cannot be stored, because it is large
 * or holds a secret, its first words are not stored either.
 */
export function seenOf(
	{ arrivedAt, about, targetName }: Noted,
	waiting: Kept['waiting'],
	secrets: Secrets,
) {
	const shown = waiting && !waiting.input ? undefined : about;
	return {
		arrivedAt,
		targetName,
		...(shown === undefined ? {} : keptMessage({ about: shown }, secrets)),
	};
}

/** The facts of a run of an earlier process before its message is read again. */
export function recordLeft({ plan, receipt }: JournalEntry): Partial<Noted> {
	const seen = (plan['seen'] ?? {}) as Record<string, unknown>;
	const texts = Object.entries(seen).filter(
		([name, value]) => SEEN.has(name) && typeof value === 'string',
	);
	const { arrivedAt } = seen;
	return {
		// If the message was not read yet, the receipt's time is the only time known.
		arrivedAt: typeof arrivedAt === 'number' ? arrivedAt : receipt.at,
		...Object.fromEntries(texts),
	};
}

const SEEN = new Set(['about', 'targetName']);

/**
 * What the journal stores before the message is read. If the whole message can be stored, the next process reads it;
 * otherwise only what is needed to report the message. If the message `names` its request, the request's ids are
 * enough.
 */
export function unreadEntry(msg: NodeMessageInFlow, secrets: Secrets, names: boolean): Kept {
	const whole = wholeMessage(msg, secrets) ?? (names ? namingMessage(msg, secrets) : undefined);
	return {
		plan: {},
		msg: whole ?? briefMessage(msg, secrets),
		waiting: whole ? { unread: true } : {},
	};
}

/** What is stored of a message that waits for a request, together with the request's ids. */
function namingMessage(msg: NodeMessageInFlow, secrets: Secrets): Record<string, unknown> {
	return { ...keptMessage(msg, secrets), ...idsIn(msg) };
}

/** The message of a journal entry, as far as it was stored. */
export function resumedMessage({ msg, waiting, receipt }: JournalEntry) {
	return {
		...msg,
		...receipt.ids,
		// An earlier node may have set properties that are still to be read.
		runcomfy: {
			...(waiting?.unread ? (msg['runcomfy'] as object | undefined) : {}),
			resumed: true,
		},
	} as unknown as NodeMessageInFlow;
}

/**
 * The input to submit for a message that was waiting.
 * @throws RunComfyError `aborted` if the journal does not have the input, or the node no longer has the fields that
 * belong to it
 */
export async function keptInputOf(
	{ receipt, waiting }: JournalEntry,
	action: Pick<Action, 'inputs' | 'fields'>,
): Promise<SubmitInput> {
	const input = waiting?.input && (await restoreInput(waiting.input, action));
	if (input) return input;
	throw new RunComfyError(
		'aborted',
		'The input of this message could not be stored, or the node has changed since then',
		{ ...receipt.ids, hint: 'Nothing was submitted. Send the message again.' },
	);
}

/** Maximum length of the JSON, in characters. */
const MAX_LENGTH = 64 * 1024;

/** Sources of values that do not depend on the message. */
const LASTING: ReadonlySet<string> = new Set(['str', 'json', 'env', 'flow', 'global']);

/**
 * The input to store for the time after a restart. Undefined if the input is large, or holds embedded media, a
 * secret, or a value that could only be read from the message again.
 */
export function keepInput(
	input: SubmitInput,
	{ fields }: Pick<Reading, 'fields'>,
	secrets: Secrets,
): KeptInput | undefined {
	const webhook = !isEmpty(input.webhook);
	if (webhook && !LASTING.has(sourceOf(fields, 'webhook').type)) return undefined;
	const own = { ...input, webhook: undefined };
	// Writing a picture of 50 MB would block the process.
	if (holdsMedia(own)) return undefined;
	const json = stringifyJson(own);
	const unfit = json.length > MAX_LENGTH || DATA_URI.test(json);
	return unfit || conceal(json, secrets) !== json ? undefined : { json, webhook };
}

const MEDIA_LENGTH = 64 * 1024;

/** Whether the value holds bytes, or a text as long as embedded media. */
function holdsMedia(value: unknown): boolean {
	if (typeof value === 'string') return value.length > MEDIA_LENGTH;
	if (typeof value !== 'object' || value === null) return false;
	if (value instanceof Uint8Array) return true;
	return Object.values(value).some(holdsMedia);
}

const DATA_URI = /"data:[^"]*,/i;

/** Restores the input. Undefined if there was a webhook, and its field is empty now. */
export async function restoreInput(
	{ json, webhook: given }: KeptInput,
	{ inputs, fields }: Pick<Reading, 'inputs' | 'fields'>,
): Promise<SubmitInput | undefined> {
	const input = parseJson(json) as SubmitInput;
	if (!given) return input;
	const isLasting = LASTING.has(sourceOf(fields, 'webhook').type);
	const webhook = isLasting ? await readText(inputs, 'webhook') : undefined;
	return webhook === undefined ? undefined : ({ ...input, webhook } as SubmitInput);
}
