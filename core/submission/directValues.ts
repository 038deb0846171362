import { invalidInput } from '../errors';
import { LongText } from '../json/longText';
import { formatBytes } from '../text';
import { checkValue, type ValueProblem } from '../workflow/checkValue';
import { fitJsonValue, fitValue, jsonOrText } from '../workflow/fit';
import { namesPrompt } from '../workflow/form/texts';
import type { InputSpec } from '../workflow/inputSpec';
import { embed, embedAs, type FileRules, withLabel } from './files';
import type { DirectFile } from './places';

export function fitDirect(input: string, value: unknown, spec: InputSpec | undefined): unknown {
	if (spec === undefined) return typeof value === 'string' ? guess(input, value) : value;
	return spec.many ? listOf(value, spec) : fitValue(value, spec);
}

/** The same for a value in JSON, which has types of its own. */
export function fitDirectJson(value: unknown, spec: InputSpec | undefined): unknown {
	if (spec === undefined || value === null) return value;
	return spec.many ? listOf(value, spec) : fitJsonValue(value, spec);
}

/** One file or choice is a list of one; a list may come as JSON text. */
function listOf(value: unknown, spec: InputSpec): unknown[] {
	const given = typeof value === 'string' && /^\s*\[/.test(value) ? jsonOrText(value) : value;
	const list: unknown[] = Array.isArray(given) ? given : [given];
	return list.map((one) => fitValue(one, oneOf(spec)));
}

function oneOf({ kind, choices }: InputSpec): InputSpec {
	return { kind: kind === 'media' ? kind : 'choice', ...(choices ? { choices } : {}) };
}

/** In a row without a type "1024" means a number, unless the input is a prompt. */
function guess(input: string, text: string): unknown {
	if (namesPrompt(input) || /^neg/i.test(input)) return text;
	return /^\s*(-?\d+(\.\d+)?|true|false|[[{][^]*[\]}])\s*$/.test(text) ? jsonOrText(text) : text;
}

export function checkDirectValue(value: unknown, spec: InputSpec): ValueProblem | undefined {
	const list = Array.isArray(value) ? (value as unknown[]) : undefined;
	if (spec.many) {
		const problems = (list ?? [value]).map((one) => checkValue(one, oneOf(spec)));
		return problems.find((problem) => problem !== undefined) ?? checkLength(list, spec);
	}
	// Only ComfyUI reads a list of two as a link.
	const problem = list && spec.kind !== 'json' ? checkValue(list.slice(0, 1), spec) : undefined;
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

/**
 * Bytes, data URIs and, if the input takes a file, base64 text, each as a data URI; also within a list.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or larger than a limit
 */
export async function embedDirect(
	value: unknown,
	spec: InputSpec | undefined,
	label: string,
	rules: FileRules,
): Promise<unknown> {
	if (Array.isArray(value)) {
		const list: unknown[] = [];
		for (const one of value) list.push(await embedDirect(one, spec, label, rules));
		return list;
	}
	const { kind = 'other', maxFileBytes } = spec ?? {};
	const embedded = await embedAs(kind, await embed(value, label, rules), label, rules);
	refuseLargeFor(embedded, maxFileBytes, label);
	return embedded;
}

/** @throws RunComfyError `invalid_input` for a data URI that is larger than the model takes */
function refuseLargeFor(value: unknown, maxBytes: number | undefined, label: string): void {
	const length =
		value instanceof LongText
			? value.pieces.reduce((sum, piece) => sum + piece.length, 0)
			: typeof value === 'string' && value.startsWith('data:')
				? value.length - value.indexOf(',') - 1
				: 0;
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
		files.map(async ({ input, many, maxFileBytes, sources }) => {
			const values = await Promise.all(
				sources.map(({ label, read }) =>
					withLabel(label, async () => {
						const media = await read();
						warnings.push(...media.warnings);
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
