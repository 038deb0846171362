import { USER_JSON_BYTES } from '../defaults';
import { invalidInput, RunComfyError } from '../errors';
import { faultIn } from './fault';
import { parseJson } from './numbers';
import { tooMuch } from './scan';

/** What users call a JSON text. */
export interface JsonSource {
	/** The name of its field, as the user reads it: "Overrides". */
	name: string;
	/** How a text gets into it in this host, such as with `JSON.stringify`: goes into the hint. */
	advice?: string | undefined;
	/** Whether it may hold keys: then errors show no part of it. */
	confidential?: boolean;
}

/**
 * JSON that a user wrote, or that an expression put together; integers beyond 2^53 come as `bigint`.
 * @throws RunComfyError `invalid_input` that shows the spot and the text around it.
 */
export function parseUserJson(text: string, source: JsonSource): unknown {
	const { name, advice, confidential } = source;
	// This includes characters that JSON does not count as blanks, such as a byte order mark.
	const json = text.trim();
	const much = tooMuch(json, USER_JSON_BYTES);
	if (much !== undefined) throw invalidInput(`${name} ${much}`, 'Use a smaller text.');
	try {
		return parseJson(json);
	} catch (error) {
		const { message } = error as SyntaxError;
		const at = text.indexOf(json) + positionOf(json, message);
		const line = 1 + countOf('\n', text, at);
		const column = at - text.slice(0, at).lastIndexOf('\n');
		const why = `${withoutText(message)} (line ${line}, column ${column})`;
		throw new RunComfyError(
			'invalid_input',
			`${name} is not valid JSON: ${why}${confidential ? '' : `, at ▶ in ${excerpt(text, at)}`}`,
			{ hint: ['Check quotation marks, commas and brackets.', advice].filter(Boolean).join(' ') },
		);
	}
}

function countOf(char: string, text: string, end: number): number {
	let count = 0;
	for (let at = text.indexOf(char); at !== -1 && at < end; at = text.indexOf(char, at + 1))
		count += 1;
	return count;
}

/** Newer versions of Node.js also say in which line and column it is. */
const POSITION = / at position (\d{1,15})(?: \(line \d{1,15} column \d{1,15}\))?$/;

// The rest says where it is, or shows what stands around it.
function withoutText(message: string): string {
	return message.replace(POSITION, '').split(/, (?:\.\.\.)?"/, 1)[0] ?? message;
}

function positionOf(json: string, message: string): number {
	const [, position] = POSITION.exec(message) ?? [];
	if (position !== undefined) return Number(position);
	return message.startsWith('Unexpected token') ? faultIn(json) : json.length;
}

/** Characters shown on either side of the spot. */
const AROUND = 40;

function excerpt(text: string, at: number): string {
	const start = Math.max(0, at - AROUND);
	const end = Math.min(text.length, at + AROUND);
	const shown = `${text.slice(start, at)}▶${text.slice(at, end)}`.replace(/\r?\n|\r/g, '↵');
	return `${start > 0 ? '…' : ''}${shown.replace(/\p{Cc}/gu, ' ')}${end < text.length ? '…' : ''}`;
}
