import { crc32, inflateSync } from 'node:zlib';

export interface Chunk {
	type: string;
	data: Buffer;
	/** Whether the stored CRC is correct. */
	valid: boolean;
}

/** Splits a PNG strictly as its specification says; throws if it does not add up. */
export function chunksOf(png: Buffer): Chunk[] {
	if (!png.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) {
		throw new Error('no PNG signature');
	}
	const chunks: Chunk[] = [];
	let offset = 8;
	while (offset < png.length) {
		const length = png.readUInt32BE(offset);
		const end = offset + 8 + length;
		chunks.push({
			type: png.toString('latin1', offset + 4, offset + 8),
			data: png.subarray(offset + 8, end),
			valid: png.readUInt32BE(end) === crc32(png.subarray(offset + 4, end)),
		});
		offset = end + 4;
	}
	return chunks;
}

export interface Picture {
	width: number;
	height: number;
	texts: Record<string, string>;
	/** The colour of a pixel as RGB. */
	pixel(x: number, y: number): number[];
}

/** Decodes an 8-bit palette PNG without filters. */
export function decodePng(png: Buffer): Picture {
	const chunks = chunksOf(png);
	const data = (type: string) => {
		const parts = chunks.filter((chunk) => chunk.type === type);
		return Buffer.concat(parts.map((chunk) => chunk.data));
	};
	const header = data('IHDR');
	const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
	const rows = inflateSync(data('IDAT'));
	const palette = data('PLTE');
	if (rows.length !== (width + 1) * height) throw new Error(`${rows.length} bytes of pixels`);
	return {
		width,
		height,
		texts: Object.fromEntries(chunks.flatMap(readText)),
		pixel(x, y) {
			const index = rows.readUInt8(y * (width + 1) + 1 + x);
			return [...palette.subarray(index * 3, index * 3 + 3)];
		},
	};
}

function readText({ type, data }: Chunk): Array<[string, string]> {
	const end = data.indexOf(0);
	const keyword = data.toString('latin1', 0, end);
	if (type === 'tEXt') return [[keyword, data.toString('latin1', end + 1)]];
	if (type === 'iTXt') return [[keyword, data.toString('utf8', end + 5)]];
	return [];
}
