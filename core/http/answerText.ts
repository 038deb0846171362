import { ANSWER_BYTES, ANSWER_TOO_LARGE } from '../defaults';

/**
 * The text of an answer, for a host.
 * @throws Error that the core takes for an answer of more than `maxBytes`; the rest is not read then.
 */
export async function readAnswerText(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number = ANSWER_BYTES.plain,
): Promise<string> {
	// The mark at the start of a text is the reader's to drop.
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
