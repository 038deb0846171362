import { ANSWER_BYTES, ANSWER_TOO_LARGE } from '../defaults';

/** @throws Error with the code `EMSGSIZE` after `maxBytes`, without reading the rest */
export async function readAnswerText(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number = ANSWER_BYTES.plain,
): Promise<string> {
	// Whoever parses the text drops a byte order mark at its start.
	const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
	const parts: string[] = [];
	let bytes = 0;
	for await (const chunk of chunks) {
		bytes += chunk.length;
		if (bytes > maxBytes) {
			throw Object.assign(new Error('The answer is too large'), { code: ANSWER_TOO_LARGE });
		}
		parts.push(decoder.decode(chunk, { stream: true }));
	}
	return parts.join('') + decoder.decode();
}
