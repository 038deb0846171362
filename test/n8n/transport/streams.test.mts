// What lies between a response and n8n's binary data.
import { describe, expect, it } from '@jest/globals';
import { joined } from '../../../nodes/RunComfy/transport/streams.ts';

const given = (...lengths: number[]) =>
	lengths.map((length, at) => new Uint8Array(length).fill(at + 1));

async function lengthsOf(chunks: Uint8Array[], maxBytes: number) {
	const out: Uint8Array[] = [];
	for await (const chunk of joined(streamOf(chunks), maxBytes)) out.push(chunk);
	expect(Buffer.concat(out)).toEqual(Buffer.concat(chunks));
	return out.map(({ length }) => length);
}

async function* streamOf(chunks: Uint8Array[]) {
	yield* chunks;
}

describe('joined chunks', () => {
	it('are as large as they may be', async () => {
		expect(await lengthsOf(given(4, 4, 4, 4, 4), 8)).toEqual([8, 8, 4]);
		expect(await lengthsOf(given(5, 5, 1, 1, 1), 8)).toEqual([5, 8]);
	});

	it('leave a larger one as it is', async () => {
		expect(await lengthsOf(given(3, 20, 3), 8)).toEqual([3, 20, 3]);
	});

	it('are none where nothing comes', async () => {
		expect(await lengthsOf([], 8)).toEqual([]);
		expect(await lengthsOf(given(0, 0), 8)).toEqual([]);
	});

	it('end as their source does', async () => {
		async function* breaking() {
			yield new Uint8Array(2);
			throw new Error('reset');
		}
		const read = async () => {
			for await (const chunk of joined(breaking(), 8)) expect(chunk).toBeUndefined();
		};
		await expect(read()).rejects.toThrow('reset');
	});

	it('close their source when they are left', async () => {
		let closed = false;
		async function* endless() {
			try {
				for (;;) yield new Uint8Array(8);
			} finally {
				closed = true;
			}
		}
		for await (const chunk of joined(endless(), 8)) {
			expect(chunk).toHaveLength(8);
			break;
		}
		expect(closed).toBe(true);
	});
});
