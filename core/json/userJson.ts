import { invalidInput } from '../errors';
import { parseJson } from './numbers';

/** Where a JSON text comes from, in terms that users know. */
export interface JsonSource {
	/** The label of the field, such as "Overrides". */
	name: string;
	/** A hint on how to get text into the field in this host, such as with `JSON.stringify`. */
	advice?: string | undefined;
}

/**
 * Parses JSON text that a user wrote or an expression produced; undefined for a blank text. Integers beyond 2^53
 * become `bigint`. Any other value is returned unchanged, since an expression may also give an object.
 * @throws RunComfyError `invalid_input` with the reason that the JavaScript engine gives
 */
export function parseUserJson(text: unknown, source: JsonSource): unknown {
	if (typeof text !== 'string') return text;
	const { name, advice } = source;
	// Also trims characters that JSON does not accept as whitespace, such as a byte order mark.
	const json = text.trim();
	if (json === '') return undefined;
	try {
		return parseJson(json);
	} catch (error) {
		throw invalidInput(
			`${name} is not valid JSON: ${(error as SyntaxError).message}`,
			['Check quotation marks, commas and brackets.', advice].filter(Boolean).join(' '),
		);
	}
}
