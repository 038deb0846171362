import { invalidInput } from '../errors';
import { parseJson, withoutNonFinite } from '../json/numbers';
import { tried } from '../json/objects';
import type { JsonSource } from '../json/userJson';
import type { WorkflowApiJson } from './graph';
import { EXPORT, parseWorkflow } from './overrides';

/**
 * The workflow in a file: JSON, or a PNG in which ComfyUI saved the graph that it ran.
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

// Python writes NaN as a node's cache mark, which JSON cannot hold.
function graphInPng(bytes: Uint8Array): unknown {
	const prompt = textInPng(bytes, 'prompt');
	return (
		tried(() => parseJson(prompt ?? '')) ?? tried(() => parseJson(withoutNonFinite(prompt ?? '')))
	);
}

/** What stands before the text of a chunk (PNG 11.3.3): its name, in `iTXt` also flags, a language and the name in it. */
const BEFORE_TEXT: Record<string, RegExp | undefined> = {
	tEXt: /^([^\0]*)\0/,
	iTXt: /^([^\0]*)\0\0[^][^\0]*\0[^\0]*\0/,
};

function textInPng(bytes: Uint8Array, wanted: string): string | undefined {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let at = 8;
	while (at + 8 <= bytes.length) {
		const start = at + 8;
		const end = start + view.getUint32(at);
		const data = bytes.subarray(start, end);
		const pattern = BEFORE_TEXT[latin1(bytes.subarray(at + 4, start))];
		const [before = '', name] = pattern?.exec(latin1(data)) ?? [];
		if (name === wanted) return decodeText(data.subarray(before.length));
		at = end + 4;
	}
	return undefined;
}

/** Reads UTF-8, or Latin-1 if it is not valid UTF-8. */
function decodeText(bytes: Uint8Array): string {
	return tried(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes)) ?? latin1(bytes);
}

function latin1(bytes: Uint8Array): string {
	return new TextDecoder('latin1').decode(bytes);
}
