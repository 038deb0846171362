import type { IncomingMessage } from 'node:http';
import { parseJson } from './json.cjs';

/** Larger bodies are refused with 413, as a gateway does. */
const MAX_BODY = 64 * 1024 * 1024;
/** Larger bodies are logged as their beginning only. */
const MAX_LOGGED = 1024 * 1024;
const LOGGED_HEAD = 1024;

/** The body as text, or undefined when it is too large. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
	const pieces: Buffer[] = [];
	let size = 0;
	for await (const piece of request as AsyncIterable<Buffer>) {
		size += piece.length;
		if (size <= MAX_BODY) pieces.push(piece);
	}
	return size <= MAX_BODY ? Buffer.concat(pieces).toString('utf8') : undefined;
}

/** Parsed JSON, the text itself when it is none, undefined when it is empty. */
export function parseBody(text: string): unknown {
	if (text === '') return undefined;
	try {
		return parseJson(text);
	} catch {
		return text;
	}
}

export const loggedBody = (text: string, parsed: unknown): unknown =>
	text.length > MAX_LOGGED ? `${text.slice(0, LOGGED_HEAD)}… (${text.length} characters)` : parsed;
