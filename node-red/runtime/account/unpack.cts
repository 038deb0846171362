import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, type Zlib } from 'node:zlib';

// Names as in RFC 9110, section 8.4.1.
const DECODERS: Readonly<Record<string, () => Transform & Zlib>> = {
	br: createBrotliDecompress,
	deflate: createInflate,
	gzip: createGunzip,
	'x-gzip': createGunzip,
};

const MOST_ENCODINGS = 5;

/**
 * The bytes of a body that came packed. Nobody asks for that, but a proxy in between may do it all the
 * same. An encoding that is not known is left as it is. Destroying what is returned closes the
 * connection, and an error of either is one of both.
 * @throws Error for more encodings than any proxy has a reason for: each takes memory of its own
 */
export function unpacked(body: Readable, contentEncoding: string | undefined): Readable {
	const names = (contentEncoding ?? '').toLowerCase().split(',');
	if (names.length > MOST_ENCODINGS) {
		// Without a listener, the error that this makes would end the process.
		body.on('error', () => undefined).destroy();
		throw new Error(`The answer is packed ${names.length} times`);
	}
	// The last one was applied last.
	return names.reduceRight<Readable>((packed, name) => {
		const encoding = name.trim();
		const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
		return create ? pipeline(packed, orNothing(create()), () => undefined) : packed;
	}, body);
}

/** No bytes make none: a proxy may name an encoding also where an answer holds nothing. */
function orNothing(decoder: Transform & Zlib): Transform {
	const flush = decoder._flush.bind(decoder);
	decoder._flush = (callback) => (decoder.bytesWritten === 0 ? callback() : flush(callback));
	return decoder;
}
