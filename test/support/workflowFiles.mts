// Pictures as ComfyUI writes them, as small as they can be.

const ascii = (text: string) => Buffer.from(text, 'latin1');

function chunk(type: string, data: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	// The checksum of a text is never read.
	return Buffer.concat([length, ascii(type), data, Buffer.alloc(4)]);
}

/** `kind` is the chunk that holds each text. */
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
