import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

// Names as in RFC 9110, section 8.4.1.
const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
	br: createBrotliDecompress,
	deflate: createInflate,
	gzip: createGunzip,
	'x-gzip': createGunzip,
};

/**
 * The bytes of a body that came packed. Nobody asks for that, but a proxy in between may do it all the
 * same. An encoding that is not known is left as it is. Destroying what is returned closes the
 * connection, and an error of either is one of both.
 */
export function unpacked(body: Readable, contentEncoding: string | undefined): Readable {
	const names = (contentEncoding ?? '').toLowerCase().split(',');
	// The last one was applied last.
	return names.reduceRight<Readable>((packed, name) => {
		const create = DECODERS[name.trim()];
		return create ? pipeline(packed, create(), () => undefined) : packed;
	}, body);
}
