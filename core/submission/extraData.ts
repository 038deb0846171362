import { RunComfyError } from '../errors';
import { isObject } from '../json/read';
import { type JsonSource, parseUserJson } from '../json/userJson';

/**
 * What is passed on to ComfyUI besides the inputs, such as the key of its partner nodes: an object, or
 * JSON text of one. Nothing given, and an object without entries, is undefined.
 * @throws RunComfyError `invalid_input`
 */
export function parseExtraData(
	given: unknown,
	source: JsonSource,
): Record<string, unknown> | undefined {
	const value = typeof given === 'string' ? parseText(given, source) : given;
	if (value === undefined || value === null) return undefined;
	if (isObject(value)) return Object.keys(value).length > 0 ? value : undefined;
	const kind = Array.isArray(value) ? 'a list' : `a ${typeof value}`;
	throw new RunComfyError('invalid_input', `${source.name} must be a JSON object, not ${kind}`, {
		hint: 'Write for example {"api_key_comfy_org": "…"}, or leave it empty.',
	});
}

function parseText(text: string, source: JsonSource): unknown {
	if (text.trim() === '') return undefined;
	return parseUserJson(text, { ...source, confidential: true });
}
