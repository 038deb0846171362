import { ANSWER_BYTES, ANSWER_TOO_LARGE } from '../defaults';
import type { Host } from '../host';
import type { JsonPiece } from '../json/longText';

/** A large body of `length` bytes. Each iteration starts again, since a call may be repeated. */
export interface BodyInPieces extends AsyncIterable<Uint8Array> {
	readonly length: number;
}

/** Lets other work run between two pieces. */
export function bodyOf(pieces: readonly JsonPiece[], { sleep }: Host): BodyInPieces {
	return {
		length: pieces.reduce((bytes, piece) => bytes + piece.length, 0),
		async *[Symbol.asyncIterator]() {
			const encoder = new TextEncoder();
			for (const piece of pieces) {
				yield typeof piece === 'string' ? encoder.encode(piece) : piece;
				if (piece.length > AT_ONCE) await sleep(0);
			}
		},
	};
}

/** Bytes of a piece after which other work gets its turn. */
const AT_ONCE = 16 * 1024;

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
