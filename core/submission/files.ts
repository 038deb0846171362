import { invalidInput, RunComfyError, toRunComfyError } from '../errors';
import { type MediaOptions, toMediaInput } from '../files/media';
import { isBase64 } from '../workflow/checkValue';
import type { InputSpec } from '../workflow/inputSpec';
import { type OverrideRow, type Overrides, overridesFromRows } from '../workflow/overrides';
import type { PlacedFile } from './places';

/** Placeholders for the files, so that the inputs can be checked before any file is read. */
export function placeholdersOf(files: readonly PlacedFile[]): OverrideRow[] {
	return files.map(({ nodeId, input }) => ({ nodeId, input, value: 'data:' }));
}

/**
 * Refuses two files for one input: one of them would be dropped silently.
 * @throws RunComfyError `invalid_input`
 */
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
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const read = await Promise.all(
		files.map(async ({ nodeId, input, label, read }) => {
			const { value, warnings } = await withLabel(label, read);
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

/** How files are embedded. */
export type FileRules = Pick<MediaOptions, 'maxBytes' | 'limitLabel' | 'toBase64' | 'sleep'>;

/** A value as it is sent, and what the user should know of it. */
export interface Embedded {
	value: unknown;
	warnings: string[];
}

/**
 * Bytes and data URIs, measured, and written as data URIs with the type that the bytes show. Anything
 * else as it is.
 * @throws RunComfyError `invalid_input` for a file that is broken, empty, or larger than `maxBytes`.
 */
export async function embed(value: unknown, options: EmbedOptions): Promise<Embedded> {
	if (value instanceof Uint8Array || isDataUri(value)) return toEmbedded(value, options);
	return { value, warnings: [] };
}

/**
 * The same for what only the workflow shows to be a file: base64 text in an input that takes one. A
 * prompt, too, may begin with the word "data:", or hold nothing but the letters of base64.
 */
export async function embedAs(
	kind: InputSpec['kind'],
	value: unknown,
	options: EmbedOptions,
): Promise<Embedded> {
	const isFile = kind === 'media' && typeof value === 'string' && !isDataUri(value);
	if (isFile && (isBase64(value) || /^\s*data:/i.test(value))) return toEmbedded(value, options);
	return { value, warnings: [] };
}

interface EmbedOptions extends FileRules {
	label: string;
}

function toEmbedded(
	value: string | Uint8Array,
	{ label, ...rules }: EmbedOptions,
): Promise<Embedded> {
	return toMediaInput(value, { filename: label, ...rules });
}

function isDataUri(value: unknown): value is string {
	return typeof value === 'string' && /^\s*data:[^,]*;base64,/i.test(value);
}

/** Every input of overrides, put through the work for its node. */
export async function embedAll(
	overrides: Overrides,
	workFor: (nodeId: string) => (value: unknown, label: string, input: string) => Promise<Embedded>,
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const warnings: string[] = [];
	const nodes: Array<[string, Overrides[string]]> = [];
	for (const [nodeId, { inputs }] of Object.entries(overrides)) {
		const work = workFor(nodeId);
		const values: Array<[string, unknown]> = [];
		for (const [input, given] of Object.entries(inputs)) {
			const label = `The file for node ${nodeId}, input ${input},`;
			const embedded = await work(given, label, input);
			warnings.push(...embedded.warnings);
			values.push([input, embedded.value]);
		}
		nodes.push([nodeId, { inputs: Object.fromEntries(values) }]);
	}
	return { overrides: Object.fromEntries(nodes), warnings };
}
