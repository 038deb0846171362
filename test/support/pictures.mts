// Minimal pictures, and pictures with an embedded workflow as ComfyUI writes them.

/** A PNG of one pixel, in base64. */
export const PIXEL =
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const PNG = Buffer.from(PIXEL, 'base64');

/** The first bytes of a JPEG. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]);

export const dataUri = (type: string, bytes: Buffer) =>
	`data:${type};base64,${bytes.toString('base64')}`;

const ascii = (text: string) => Buffer.from(text, 'latin1');

function chunk(type: string, data: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	// The checksum of a text chunk is never read.
	return Buffer.concat([length, ascii(type), data, Buffer.alloc(4)]);
}

/** `kind` is the chunk type of each text. */
export function png(
	texts: Record<string, string | Buffer>,
	kind: 'tEXt' | 'iTXt' | 'zTXt' = 'tEXt',
): Buffer {
	const between = { tEXt: '\0', iTXt: '\0\0\0en\0\0', zTXt: '\0\0' }[kind];
	const chunks = Object.entries(texts).map(([name, text]) =>
		chunk(kind, Buffer.concat([ascii(`${name}${between}`), Buffer.from(text as string)])),
	);
	return Buffer.concat([
		ascii('\x89PNG\r\n\x1a\n'),
		chunk('IHDR', Buffer.alloc(13)),
		...chunks,
		chunk('IEND', Buffer.alloc(0)),
	]);
}

/** A WebP as custom nodes write it, with the prompt in its EXIF. */
export function webp(prompt: string): Buffer {
	return ascii(`RIFF\0\0\0\0WEBPEXIF\0\0\0\0prompt:${prompt}`);
}
