import {
	parseJson,
	redact,
	type Secrets,
	stringifyJson,
	type SubmitInput,
} from '../../../core/index.js';
import { isSecretName } from '../journal/keptMessage.cjs';
import type { KeptInput } from '../journal/lines.cjs';
import { isEmpty, type Reading, sourceOf } from './inputs.cjs';
import { readPassedOn } from './submission.cjs';

const FIELDS = ['extraData', 'webhook'] as const;

/** Characters of JSON. */
const MAX_LENGTH = 64 * 1024;

/** Sources that do not need the message. */
const LASTING: ReadonlySet<string> = new Set(['str', 'json', 'env', 'flow', 'global']);

/**
 * The input as it is kept over a restart; undefined if it is large, or holds embedded media, a secret, or
 * a value that could only be read from the message again.
 */
export function keepInput(
	input: SubmitInput,
	{ fields }: Pick<Reading, 'fields'>,
	secrets: Secrets,
): KeptInput | undefined {
	const again = FIELDS.filter((field) => !isEmpty(input[field]));
	if (!again.every((field) => LASTING.has(sourceOf(fields, field).type))) return undefined;
	const own = { ...input, extraData: undefined, webhook: undefined };
	// A picture of 50 MB would hold up the process while it is written.
	if (holdsMedia(own)) return undefined;
	const json = stringifyJson(own);
	const unfit = json.length > MAX_LENGTH || DATA_URI.test(json);
	return unfit || redact(json, secrets) !== json || hasSecret(own) ? undefined : { json, again };
}

const MEDIA_LENGTH = 64 * 1024;

/** Whether there are bytes in it, or a text as long as media are. */
function holdsMedia(value: unknown): boolean {
	if (typeof value === 'string') return value.length > MEDIA_LENGTH;
	if (typeof value !== 'object' || value === null) return false;
	if (value instanceof Uint8Array) return true;
	return Object.values(value).some(holdsMedia);
}

const DATA_URI = /"data:[^"]*,/i;

/** Whether there is text under a name such as `password`. */
function hasSecret(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.entries(value).some(
		([name, entry]) =>
			(typeof entry === 'string' && entry !== '' && isSecretName(name)) || hasSecret(entry),
	);
}

/** The input again; undefined if a field that was filled has no value any more. */
export async function restoreInput(
	{ json, again }: KeptInput,
	{ inputs, fields }: Pick<Reading, 'inputs' | 'fields'>,
): Promise<SubmitInput | undefined> {
	const lasting = again.every((field) => LASTING.has(sourceOf(fields, field).type));
	const read = lasting ? await readPassedOn(inputs) : {};
	if (again.some((field) => read[field] === undefined)) return undefined;
	const kept = parseJson(json) as SubmitInput;
	return again.reduce((input, field) => ({ ...input, [field]: read[field] }), kept);
}
