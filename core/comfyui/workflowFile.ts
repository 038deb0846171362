import { invalidInput } from '../errors';
import { parseJson, withoutNonFinite } from '../json/numbers';
import { tried } from '../json/objects';
import type { JsonSource } from '../json/userJson';
import type { WorkflowApiJson } from './graph';
import { EXPORT, parseWorkflow } from './overrides';

/**
 * Reads the workflow in a file: JSON, or a PNG in which ComfyUI saved the workflow that it ran.
 * @throws RunComfyError `invalid_input`
 */
export function readWorkflowFile(
	bytes: Uint8Array,
	{ name }: Pick<JsonSource, 'name'>,
): WorkflowApiJson {
	const isPng = latin1(bytes.subarray(1, 4)) === 'PNG';
	const given = isPng ? graphInPng(bytes) : jsonIn(bytes);
	if (given !== undefined) return parseWorkflow(given, { name });
	throw invalidInput(`${name} is neither JSON nor a PNG in which ComfyUI saved a workflow`, EXPORT);
}

function jsonIn(bytes: Uint8Array): string | undefined {
	const text = decodeText(bytes).trim();
	return text.startsWith('{') ? text : undefined;
}

// Python may write NaN as a node's cache marker, which is not valid JSON.
function graphInPng(bytes: Uint8Array): unknown {
	const prompt = textInPng(bytes, 'prompt');
	return (
		tried(() => parseJson(prompt ?? '')) ?? tried(() => parseJson(withoutNonFinite(prompt ?? '')))
	);
}

function textInPng(bytes: Uint8Array, wanted: string): string | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 8;
	while (at + 8 <= bytes.length) {
		const start = at + 8;
		const next = start + view.getUint32(at);
		const type = view.getUint32(at + 4);
		// A chunk type starts with a letter, so the file is broken here.
		if (type < FIRST_TYPE) return undefined;
		if ((type === PLAIN || type === INTERNATIONAL) && startsWith(bytes, start, `${wanted}\0`)) {
			const data = bytes.subarray(start, next);
			const begin = beginOfText(data, wanted.length, type);
			if (begin !== undefined) return decodeText(data.subarray(begin));
		}
		at = next + 4;
	}
	return undefined;
}

/** The types of chunks that hold a text: `tEXt` and `iTXt` (PNG 11.3.3). */
const PLAIN = 0x74455874;
const INTERNATIONAL = 0x69545874;

const FIRST_TYPE = 0x41000000;

function startsWith(bytes: Uint8Array, start: number, text: string): boolean {
	for (let at = 0; at < text.length; at += 1) {
		if (bytes[start + at] !== text.charCodeAt(at)) return false;
	}
	return true;
}

/** Offset of the text after its name; undefined if the text is compressed. */
function beginOfText(data: Uint8Array, name: number, type: number): number | undefined {
	if (type === PLAIN) return name + 1;
	// In an iTXt chunk, a compression flag and method follow, then a language and the translated name.
	if (data[name + 1] !== 0) return undefined;
	const language = data.indexOf(0, name + 3);
	const translated = language === -1 ? -1 : data.indexOf(0, language + 1);
	return translated === -1 ? undefined : translated + 1;
}

/** Reads UTF-8, or Latin-1 if it is not valid UTF-8. */
function decodeText(bytes: Uint8Array): string {
	return tried(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)) ?? latin1(bytes);
}

function latin1(bytes: Uint8Array): string {
	return new TextDecoder('latin1').decode(bytes);
}
