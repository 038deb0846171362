import { describe, expect, it } from '@jest/globals';
import { readEntries } from '../../../core/json/scan';

async function* inPieces(text: string, size: number) {
	const bytes = new TextEncoder().encode(text);
	for (let at = 0; at < bytes.length; at += size) {
		const piece = bytes.slice(at, at + size);
		yield piece;
		// Yields chunks like a stream that reuses its memory.
		piece.fill(0);
	}
}

async function read(text: string, wanted: string[], size = 7, maxBytes = Infinity) {
	const found: Record<string, unknown> = {};
	const end = await readEntries(inPieces(text, size), new Set(wanted), maxBytes, (name, json) => {
		found[name] = JSON.parse(json);
	});
	return { end, found };
}

describe('entries of a JSON object', () => {
	it.each([' {} ', '{"error_code":500001,"detail":[{"msg":"no"}]}', '{"a":"{"}'])(
		'are none of an object without objects: %j',
		async (text) => {
			expect(await read(text, ['none'])).toEqual({ end: 'plain', found: {} });
		},
	);

	it('are read off what begins with a byte order mark, and no further than its end', async () => {
		const text = `\uFEFF\r\n\t {"a":1,"b":{}} ,"c":2}`;
		expect(await read(text, ['a', 'c'])).toEqual({ end: 'complete', found: { a: 1 } });
		expect(await read(text, ['a', 'c'], 10_000)).toEqual({ end: 'complete', found: { a: 1 } });
	});

	it.each([
		...['', '[]', '[{"b":1}]', '"a"', 'null', '<html>', '!{}', '1{"b":1}'],
		...['{"a"', '{"a":{"b":1}', '{"a":"', '{"b":1', '{"b":[1]'],
	])('of %j are none: broken', async (text) => {
		expect(await read(text, ['b'])).toEqual({ end: 'broken', found: {} });
	});

	it('are not looked for past the limit', async () => {
		const text = `{"filler":"${'x'.repeat(100)}","a":1}`;
		expect(await read(text, ['a'], 10, 50)).toEqual({ end: 'large', found: {} });
		expect(await read(text, ['a'], 10, 200)).toEqual({ end: 'complete', found: { a: 1 } });
		expect((await read(text, ['a'], 10, text.length)).end).toBe('complete');
		expect((await read(text, ['a'], 10, text.length - 1)).end).toBe('large');
	});
});
