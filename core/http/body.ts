import type { Host } from '../host';
import type { JsonPiece } from '../json/longText';

/** A large body, which begins again with each iteration: a call may be repeated. */
export interface BodyInPieces extends AsyncIterable<Uint8Array> {
	/** Bytes. */
	readonly length: number;
}

/** Everything else gets its turn between two pieces. */
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

/** Bytes of a piece after which others get their turn. */
const AT_ONCE = 16 * 1024;
