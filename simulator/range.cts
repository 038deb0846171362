import { Readable } from 'node:stream';
import type { Reply } from './reply.cjs';

/**
 * The part of a whole file that a `Range` header asks for (RFC 9110, section 14): 206, or 416 where there
 * is no such part. What asks for more than one part, or for none that can be read, gets the whole.
 * @param whole with a content-length
 */
export function ranged(whole: Reply, header: string | undefined): Reply {
	const total = Number(whole.headers['content-length']);
	const offered = { ...whole, headers: { ...whole.headers, 'accept-ranges': 'bytes' } };
	const match = /^bytes=(?<first>\d*)-(?<last>\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
	const { first = '', last = '' } = match?.groups ?? {};
	if (first === '' && last === '') return offered;
	const from = first === '' ? Math.max(0, total - Number(last)) : Number(first);
	const to = first === '' || last === '' ? total - 1 : Math.min(total - 1, Number(last));
	if (first !== '' && last !== '' && Number(first) > Number(last)) return offered;
	if (from > to) {
		return { status: 416, headers: { 'content-range': `bytes */${total}` }, body: '' };
	}
	return {
		status: 206,
		headers: {
			...offered.headers,
			'content-length': String(to - from + 1),
			'content-range': `bytes ${from}-${to}/${total}`,
		},
		body: cut(whole.body, from, to + 1),
	};
}

function cut(body: Reply['body'], from: number, to: number): Reply['body'] {
	if (!(body instanceof Readable)) return Buffer.from(body).subarray(from, to);
	return Readable.from(cutStream(body as AsyncIterable<Buffer>, from, to), { objectMode: false });
}

async function* cutStream(body: AsyncIterable<Buffer>, from: number, to: number) {
	let at = 0;
	for await (const piece of body) {
		const part = piece.subarray(Math.max(0, from - at), Math.max(0, to - at));
		if (part.length > 0) yield part;
		at += piece.length;
		if (at >= to) return;
	}
}
