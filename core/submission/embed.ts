import { namesPrompt } from '../comfyui/form/texts';
import type { InputSpec } from '../comfyui/inputSpec';
import type { Overrides } from '../comfyui/overrides';
import { isBase64 } from '../comfyui/values';
import { isMedia, type MediaOptions, refuseLarge, textOf, toMediaInput } from '../files/media';
import { tried } from '../json/objects';
import { type DirectField, type Draft, type FieldValue, oneByOne } from './draft';

/** What the user set, with everything that is clearly a file as a data URI. */
export interface Embedded extends Required<Pick<Draft, 'fields' | 'overrides'>> {
	warnings: string[];
}

/** Values that are clearly files become data URIs at once, so that a large one is refused before any call. */
export async function embedDraft(
	{ fields: given = [], overrides = {} }: Draft,
	toBase64: FileRules['toBase64'],
): Promise<Embedded> {
	const rules: FileRules = { toBase64, warnings: [] };
	const fields: FieldValue[] = [];
	for (const field of oneByOne(given)) {
		fields.push({ ...field, value: await embed(field.value, field.label, rules) });
	}
	const json = await changeInputs(overrides, (value, label) => embed(value, label, rules));
	return { fields, overrides: json, warnings: rules.warnings };
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

/** What bytes can be for an input. If the input is not known, its name may show that it is a prompt. */
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
 * Like `embed`, for values that are files only by their input: base64 text in an input that takes a file. A
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
