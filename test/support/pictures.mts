// Minimal pictures.

/** A PNG of one pixel, in base64. */
export const PIXEL =
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const PNG = Buffer.from(PIXEL, 'base64');

/** The first bytes of a JPEG. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]);

export const dataUri = (type: string, bytes: Buffer) =>
	`data:${type};base64,${bytes.toString('base64')}`;
