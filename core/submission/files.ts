import { invalidInput, RunComfyError, toRunComfyError } from '../errors';
import { isMedia, type MediaOptions, refuseLarge, textOf, toMediaInput } from '../files/media';
import { tried } from '../json/objects';
import { isBase64 } from '../workflow/checkValue';
import { namesPrompt } from '../workflow/form/texts';
import type { InputSpec } from '../workflow/inputSpec';
import { type Overrides, overridesFromRows } from '../workflow/overrides';
import type { DirectField, PlacedFile } from './draft';

/** Stands for a file, so that the inputs can be checked before any file is read. */
export const PLACEHOLDER = 'data:';

/** Two files for one input: one would be dropped silently. @throws RunComfyError `invalid_input` */
export function refuseTwoForOne(files: readonly PlacedFile[]): void {
	const seen = new Set<string>();
	for (const { nodeId, input } of files) {
		const target = JSON.stringify([nodeId, input]);
		if (seen.has(target)) {
			throw invalidInput(
				`Input Files has two files for the input ${input} of node ${nodeId}`,
				'An input takes one file: delete a row, or choose another node or input in it.',
			);
		}
		seen.add(target);
	}
}

/** @throws RunComfyError that names the file, when it cannot be read. */
export async function readFiles(
	files: readonly PlacedFile[],
	specOf: (file: PlacedFile) => InputSpec | undefined,
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const read = await Promise.all(
		files.map(async (file) => {
			const { nodeId, input, label } = file;
			const text = bytesFor(input, specOf(file)) === 'text';
			const { value, warnings } = await withLabel(label, () => file.read(text));
			return { row: { nodeId, input, value }, warnings };
		}),
	);
	return {
		overrides: overridesFromRows(read.map(({ row }) => row)),
		warnings: read.flatMap(({ warnings }) => warnings),
	};
}

/** Puts the label of a field before the message of any error. @throws RunComfyError */
export async function withLabel<T>(label: string, work: () => T | Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (thrown) {
		const { code, message, hint, details } = toRunComfyError(thrown, 'invalid_input');
		throw new RunComfyError(code, `${label}: ${message}`, { hint, details });
	}
}

/** How files are embedded, and where what the user should know of them goes. */
export interface FileRules extends Pick<MediaOptions, 'toBase64'> {
	warnings: string[];
}

/**
 * Media and data URIs, measured, as data URIs with the type that the bytes show; anything else as it is. Other bytes
 * are only measured: see `readBytes`.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or too large.
 */
export async function embed(value: unknown, label: string, rules: FileRules): Promise<unknown> {
	if (isDataUri(value)) return toMedia(value, label, rules);
	if (!(value instanceof Uint8Array)) return value;
	refuseLarge(value.length, label);
	return isMedia(value) ? toMedia(value, label, rules) : value;
}

/** What bytes can be for an input. If nothing is known of it, its name may show that it is a prompt. */
export function bytesFor(
	input: string,
	spec: InputSpec = { kind: 'other' },
): 'file' | 'text' | 'either' {
	const kinds = [spec.kind, ...(spec.also ?? [])];
	if (kinds.includes('media')) return 'file';
	return kinds.includes('other') && !namesText(input) ? 'either' : 'text';
}

export function namesText(input: string): boolean {
	return namesPrompt(input) || /^neg/i.test(input);
}

/**
 * Bytes as a data URI if they are media, or if the input takes files; else as their text.
 * @throws RunComfyError `invalid_input` if they are neither, or a file that is empty or too large
 */
export async function readBytes(
	value: unknown,
	{ input, label, spec }: Pick<DirectField, 'input' | 'label' | 'spec'>,
	rules: FileRules,
): Promise<unknown> {
	if (!(value instanceof Uint8Array)) return value;
	refuseLarge(value.length, label);
	const what = isMedia(value) ? 'file' : bytesFor(input, spec);
	if (what === 'text') return textOf(value, label);
	const text = what === 'either' ? tried(() => textOf(value)) : undefined;
	return text ?? toMedia(value, label, rules);
}

/**
 * As `embed`, for what only the workflow shows to be a file: base64 text in an input that takes one. A
 * prompt, too, may begin with the word "data:", or hold nothing but the letters of base64.
 */
export async function embedAs(
	kind: InputSpec['kind'],
	value: unknown,
	label: string,
	rules: FileRules,
): Promise<unknown> {
	const isText = kind === 'media' && typeof value === 'string' && !isDataUri(value);
	const isFile = isText && (isBase64(value) || /^\s*data:/i.test(value));
	return isFile ? toMedia(value, label, rules) : value;
}

async function toMedia(
	given: string | Uint8Array,
	label: string,
	{ warnings, ...rules }: FileRules,
): Promise<unknown> {
	const media = await toMediaInput(given, { filename: label, ...rules });
	warnings.push(...media.warnings);
	return media.value;
}

function isDataUri(value: unknown): value is string {
	return typeof value === 'string' && /^\s*data:[^,]*;base64,/i.test(value);
}

export async function changeInputs(
	overrides: Overrides,
	change: (value: unknown, label: string, nodeId: string, input: string) => Promise<unknown>,
): Promise<Overrides> {
	const nodes: Array<[string, Overrides[string]]> = [];
	for (const [nodeId, { inputs }] of Object.entries(overrides)) {
		const values: Array<[string, unknown]> = [];
		for (const [input, value] of Object.entries(inputs)) {
			const label = `The file for node ${nodeId}, input ${input},`;
			values.push([input, await change(value, label, nodeId, input)]);
		}
		nodes.push([nodeId, { inputs: Object.fromEntries(values) }]);
	}
	return Object.fromEntries(nodes);
}
