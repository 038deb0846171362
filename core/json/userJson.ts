import { RunComfyError } from '../errors';
import { findJsonFault, type JsonFault, type JsonProblem } from './findFault';
import { parseJson } from './numbers';

/** How people know a JSON text. */
export interface JsonSource {
	/** The name of its field, as the user reads it: "Overrides". */
	name: string;
	/** How a text gets into it in this host, such as with `JSON.stringify`: goes into the hint. */
	advice?: string | undefined;
	/** Whether it may hold keys: then an error shows nothing of it. */
	confidential?: boolean;
}

/**
 * JSON that a user wrote, or that an expression put together; integers beyond 2^53 come as `bigint`.
 * @throws RunComfyError `invalid_input` that shows the spot and the text around it.
 */
export function parseUserJson(text: string, source: JsonSource): unknown {
	const { name, advice, confidential } = source;
	// Also what JSON takes for no blank, such as a byte order mark.
	const json = text.trim();
	try {
		return parseJson(json);
	} catch (error) {
		const found = findJsonFault(json);
		const fault = found && { ...found, at: found.at + text.indexOf(json) };
		const why = fault ? describe(text, fault, confidential) : String(error);
		const hints = [(fault && HINTS[fault.problem]) ?? CHECK, advice];
		throw new RunComfyError('invalid_input', `${name} is not valid JSON: ${why}`, {
			hint: hints.filter(Boolean).join(' '),
			...(fault ? { details: { at: fault.at, problem: fault.problem } } : {}),
		});
	}
}

function describe(text: string, { at, problem }: JsonFault, confidential = false): string {
	const before = text.slice(0, at);
	const line = before.split('\n').length;
	const column = at - before.lastIndexOf('\n');
	const what = `${PROBLEMS[problem]} (line ${line}, column ${column})`;
	return confidential ? what : `${what}, at ▶ in ${excerpt(text, at)}`;
}

/** Characters shown on either side of the spot. */
const AROUND = 40;

function excerpt(text: string, at: number): string {
	const start = Math.max(0, at - AROUND);
	const end = Math.min(text.length, at + AROUND);
	const shown = `${text.slice(start, at)}▶${text.slice(at, end)}`.replace(/\r?\n|\r/g, '↵');
	return `${start > 0 ? '…' : ''}${shown.replace(/\p{Cc}/gu, ' ')}${end < text.length ? '…' : ''}`;
}

const PROBLEMS: Record<JsonProblem, string> = {
	ends_early: 'it ends before every bracket and quotation mark is closed',
	extra: 'something follows its end',
	quote_in_text: 'the text before this spot has ended already',
	control_in_text: 'a text has a line break or another control character in it',
	bad_escape: 'a backslash is followed by a character that it cannot escape',
	no_comma: 'a comma or a closing bracket is missing',
	trailing_comma: 'the last entry is followed by a comma',
	no_key: 'a name in quotation marks is missing',
	no_colon: 'the colon after a name is missing',
	no_value: 'a value is missing',
	bare_text: 'a text has no quotation marks around it',
	single_quotes: 'JSON does not allow single quotation marks',
};

const CHECK = 'Check quotation marks, commas and brackets.';

const HINTS: Partial<Record<JsonProblem, string>> = {
	quote_in_text: 'A quotation mark within a text is written \\".',
	control_in_text: 'A line break within a text is written \\n.',
	bad_escape: 'A backslash within a text is written \\\\.',
	trailing_comma: 'Delete the comma.',
	no_value: 'If it comes from an expression, the expression gives nothing.',
	bare_text: 'Put the text in quotation marks; true, false, null and numbers have none.',
	single_quotes: 'Use ".',
};
