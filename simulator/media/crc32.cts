import * as zlib from 'node:zlib';

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let value = byte;
	for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
	return value;
});

/** As `zlib.crc32`, which Node.js has since 20.15 and 22.2. */
function ownCrc32(data: Buffer): number {
	let value = 0xffffffff;
	for (const byte of data) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
	return (value ^ 0xffffffff) >>> 0;
}

/** The checksum of PNG chunks. */
export const crc32: (data: Buffer) => number = (zlib as Partial<typeof zlib>).crc32 ?? ownCrc32;
