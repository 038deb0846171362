import { type MediaOptions, toMediaInput } from '../files/media';
import { isBase64 } from '../workflow/checkValue';
import type { InputSpec } from '../workflow/inputSpec';
import type { Overrides } from '../workflow/overrides';

/** How files are embedded. */
export type FileRules = Pick<MediaOptions, 'maxBytes' | 'toBase64'>;

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

/** Every input of overrides, put through `work`. */
export async function embedAll(
	overrides: Overrides,
	work: (value: unknown, label: string, nodeId: string, input: string) => Promise<Embedded>,
): Promise<{ overrides: Overrides; warnings: string[] }> {
	const warnings: string[] = [];
	const nodes: Array<[string, Overrides[string]]> = [];
	for (const [nodeId, { inputs }] of Object.entries(overrides)) {
		const values: Array<[string, unknown]> = [];
		for (const [input, given] of Object.entries(inputs)) {
			const label = `The file for node ${nodeId}, input ${input},`;
			const embedded = await work(given, label, nodeId, input);
			warnings.push(...embedded.warnings);
			values.push([input, embedded.value]);
		}
		nodes.push([nodeId, { inputs: Object.fromEntries(values) }]);
	}
	return { overrides: Object.fromEntries(nodes), warnings };
}
