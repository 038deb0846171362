import { concat } from '../../../bytes';
/** Bytes of an unpacked text past which it cannot be a workflow: a small file can unpack to gigabytes. */
const MOST = 16 * 1024 * 1024;

/** The bytes that were compressed with zlib; undefined if they were not, or are too many. */
export async function inflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
	const unpacked = new DecompressionStream('deflate');
	const writer = unpacked.writable.getWriter();
	const reader = unpacked.readable.getReader();
	const chunks: Uint8Array[] = [];
	let length = 0;
	// What is wrong with the bytes comes out of the other end as well.
	const ignore = () => undefined;
	writer.write(Uint8Array.from(bytes)).catch(ignore);
	writer.close().catch(ignore);
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			length += value.length;
			if (length > MOST) return undefined;
			chunks.push(value);
		}
	} catch {
		return undefined;
	} finally {
		reader.cancel().catch(ignore);
	}
	return concat(chunks, length);
}
