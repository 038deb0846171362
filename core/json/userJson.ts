import { USER_JSON_BYTES } from '../defaults';
import { invalidInput, RunComfyError } from '../errors';
import { faultIn } from './fault';
import { parseJson } from './numbers';
import { tooMuch } from './scan';

/** Where a JSON text comes from, in terms that users know. */
export interface JsonSource {
	/** The label of the field, such as "Overrides". */
	name: string;
	/** A hint on how to get text into the field in this host, such as with `JSON.stringify`. */
	advice?: string | undefined;
	/** Whether the JSON may contain keys. Errors then show no part of it. */
	confidential?: boolean;
}

/**
 * Parses JSON text that a user wrote or an expression produced; undefined for a blank text. Integers beyond 2^53
 * become `bigint`. Any other value is returned unchanged, since an expression may also give an object.
 * @throws RunComfyError `invalid_input` with the position of the error and the text around it
 */
export function parseUserJson(text: unknown, source: JsonSource): unknown {
	if (typeof text !== 'string') return text;
	const { name, advice, confidential } = source;
	// Also trims characters that JSON does not accept as whitespace, such as a byte order mark.
	const json = text.trim();
	if (json === '') return undefined;
	const much = tooMuch(json, USER_JSON_BYTES);
	if (much !== undefined) throw invalidInput(`${name} ${much}`, 'Use a smaller text.');
	try {
		return parseJson(json);
	} catch (error) {
		const { message } = error as SyntaxError;
		const at = text.indexOf(json) + positionOf(json, message);
		const line = 1 + lineBreaksBefore(text, at);
		const column = at - text.slice(0, at).lastIndexOf('\n');
		const why = `${reasonIn(message)} (line ${line}, column ${column})`;
		throw new RunComfyError(
			'invalid_input',
			`${name} is not valid JSON: ${why}${confidential ? '' : `, at ▶ in ${excerpt(text, at)}`}`,
			{ hint: ['Check quotation marks, commas and brackets.', advice].filter(Boolean).join(' ') },
		);
	}
}

function lineBreaksBefore(text: string, stop: number): number {
	let count = 0;
	for (let at = text.indexOf('\n'); at !== -1 && at < stop; at = text.indexOf('\n', at + 1))
		count += 1;
	return count;
}

/** Newer versions of Node.js also give the line and column. */
const POSITION = / at position (\d{1,15})(?: \(line \d{1,15} column \d{1,15}\))?$/;

// The rest of the message gives the position, or shows the text around it.
function reasonIn(message: string): string {
	return message.replace(POSITION, '').split(/, (?:\.\.\.)?"/, 1)[0] ?? message;
}

function positionOf(json: string, message: string): number {
	const [, position] = POSITION.exec(message) ?? [];
	if (position !== undefined) return Number(position);
	return message.startsWith('Unexpected token') ? faultIn(json) : json.length;
}

/** Number of characters to show on either side of the error. */
const AROUND = 40;

function excerpt(text: string, at: number): string {
	const from = Math.max(0, at - AROUND);
	const to = Math.min(text.length, at + AROUND);
	const shown = `${text.slice(from, at)}▶${text.slice(at, to)}`.replace(/\r?\n|\r/g, '↵');
	return `${from > 0 ? '…' : ''}${shown.replace(/\p{Cc}/gu, ' ')}${to < text.length ? '…' : ''}`;
}
