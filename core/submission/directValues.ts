import type { InputSpec } from '../comfyui/inputSpec';
import { checkValue, type ValueProblem } from '../comfyui/values';
import { fitJsonValue, type fitValue, jsonOrText } from '../comfyui/values';
import { invalidInput } from '../errors';
import { compact, isObject, type JsonObject } from '../json/objects';
import type { ModelSpec } from '../models/schema';
import { formatBytes } from '../text';
import { embed, embedAs, type FileRules, namesText, readBytes } from './embed';
import { type DirectFile, refuseMisfit, withLabel } from './files';

/** What an input takes; less is known if only a host has stored it. */
type DirectSpec = InputSpec & Partial<Pick<ModelSpec, 'inside'>>;

interface InputAt {
	input: string;
	spec: DirectSpec | undefined;
	label: string;
}

/** Levels of a value that are converted and checked. Deeper ones are sent unchanged. */
const MOST_LEVELS = 100;

/** How a value is converted for its input: one from a form with `fitValue`, one in JSON with `fitJsonValue`. */
type Fit = typeof fitValue;

/**
 * A value in the types of its input, at every depth. Bytes, data URIs and, if an input takes a file, base64 text
 * become data URIs.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or larger than a limit
 */
export async function readDirect(
	given: unknown,
	at: InputAt,
	rules: FileRules,
	fit: Fit = fitJsonValue,
	levels = MOST_LEVELS,
): Promise<unknown> {
	if (levels === 0) return given;
	const { spec, label } = at;
	const value = fitDirect(await readBytes(given, at, rules), spec, fit);
	const readPart = (part: unknown, where: Partial<InputAt>) =>
		readDirect(part, { ...at, ...where }, rules, fitJsonValue, levels - 1);
	if (Array.isArray(value)) {
		const entry = spec && entryOf(spec);
		const list: unknown[] = [];
		for (const one of value) list.push(await readPart(one, { spec: entry }));
		return list;
	}
	if (holdsFields(value)) {
		const fields = spec?.inside?.fields?.();
		const entries: Array<[string, unknown]> = [];
		for (const [name, one] of Object.entries(value)) {
			entries.push([name, await readPart(one, { input: name, spec: fields?.specOf(name) })]);
		}
		return Object.fromEntries(entries);
	}
	const { kind = 'other', maxFileBytes } = spec ?? {};
	const embedded = await embedAs(kind, await embed(value, label, rules), label, rules);
	refuseLargeFor(embedded, maxFileBytes, label);
	return embedded;
}

/** Whether it is sent as an object: not as bytes, and not as text, as a date is. */
export function holdsFields(value: unknown): value is JsonObject {
	if (!isObject(value) || value instanceof Uint8Array) return false;
	return typeof value['toJSON'] !== 'function';
}

function fitDirect(value: unknown, spec: DirectSpec | undefined, fit: Fit): unknown {
	if (spec === undefined || value === null) return value;
	if (!spec.many) return fit(value, spec);
	// One file or choice is a list of one; a list may come as JSON text.
	const list = typeof value === 'string' && /^\s*\[/.test(value) ? jsonOrText(value) : value;
	return Array.isArray(list) ? list : [list];
}

function entryOf(spec: DirectSpec): DirectSpec | undefined {
	const { kind, many, choices, moreChoices, maxFileBytes, upload, address, inside } = spec;
	if (!many) return inside?.entry?.();
	return {
		kind: kind === 'media' ? kind : 'choice',
		...compact({ choices, moreChoices, maxFileBytes, upload, address }),
	};
}

/**
 * A form's text for an input whose type is not known: "1024" means a number, unless a prompt
 * takes it. If the host has stored that the field takes a text, that may still stand for a list or an object.
 */
export function guess(input: string, value: unknown, kind: InputSpec['kind'] = 'other'): unknown {
	if (typeof value !== 'string' || namesText(input)) return value;
	const isJson = /^\s*[[{][^]*[\]}]\s*$/.test(value);
	const isScalar = kind === 'other' && /^\s*(-?\d+(\.\d+)?|true|false)\s*$/.test(value);
	return isScalar || (isJson && ['other', 'string'].includes(kind)) ? jsonOrText(value) : value;
}

/** What is wrong with a value itself, apart from what is in it. */
export function checkDirectValue(value: unknown, spec: ModelSpec): ValueProblem | undefined {
	if (value !== undefined && value === spec.default) return undefined;
	const list = Array.isArray(value) ? (value as unknown[]) : undefined;
	const entry = spec.many && entryOf(spec);
	if (entry) {
		const problems = (list ?? [value]).map((one) => checkValue(one, entry));
		return problems.find((problem) => problem !== undefined) ?? checkLength(list, spec);
	}
	const { only } = spec.inside;
	if (only && (list ? only === 'object' : only === 'list' && holdsFields(value))) {
		const [wanted, other] = only === 'list' ? ['a list', 'an object'] : ['an object', 'a list'];
		return { problem: 'wrong_type', message: `takes ${wanted}, not ${other}` };
	}
	// Only ComfyUI reads a list of two as a link.
	const problem = list && checkValue(list.slice(0, 1), spec);
	return problem ?? checkValue(value, spec) ?? checkLength(list, spec);
}

function checkLength(
	list: readonly unknown[] | undefined,
	{ minItems = 0, maxItems = Infinity }: InputSpec,
): ValueProblem | undefined {
	if (!list || (list.length >= minItems && list.length <= maxItems)) return undefined;
	const [word, limit] = list.length < minItems ? ['at least', minItems] : ['at most', maxItems];
	return {
		problem: 'out_of_range',
		message: `takes ${word} ${limit} ${limit === 1 ? 'entry' : 'entries'}, not ${list.length}`,
	};
}

/** @throws RunComfyError `invalid_input` for a data URI that is larger than the model takes */
function refuseLargeFor(value: unknown, maxBytes: number | undefined, label: string): void {
	const isDataUri = typeof value === 'string' && value.startsWith('data:');
	const length = isDataUri ? value.length - value.indexOf(',') - 1 : 0;
	const bytes = Math.floor((length * 3) / 4);
	if (maxBytes === undefined || bytes <= maxBytes) return;
	throw invalidInput(
		`${label} has ${formatBytes(bytes)}, and the model takes files of less than ${formatBytes(maxBytes)}`,
		'Make the file smaller.',
	);
}

/** @throws RunComfyError that names the file, when it cannot be read, or is larger than the model takes */
export async function readDirectFiles(
	files: readonly DirectFile[],
): Promise<{ inputs: Record<string, unknown>; warnings: string[] }> {
	const warnings: string[] = [];
	const entries = await Promise.all(
		files.map(async ({ input, many, text, maxFileBytes, upload, sources }) => {
			const values = await Promise.all(
				sources.map(({ label, read }) =>
					withLabel(label, async () => {
						const media = await read(text);
						warnings.push(...media.warnings);
						refuseMisfit(media.value, upload, 'invalid_input');
						refuseLargeFor(media.value, maxFileBytes, 'The file');
						return media.value;
					}),
				),
			);
			return [input, many ? values : values[0]] as const;
		}),
	);
	return { inputs: Object.fromEntries(entries), warnings };
}
