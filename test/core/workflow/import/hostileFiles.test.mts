import { describe, expect, it } from '@jest/globals';
import { RunComfyError } from '../../../../core/errors';
import { readWorkflowFile } from '../../../../core/workflow/import/files/readFile';
import fc from '../../../support/properties.mts';
import {
	box,
	element,
	exif,
	jpeg,
	mp4,
	png,
	PNG_END,
	PNG_START,
	pngChunk,
	webm,
	webp,
} from '../../../support/workflowFiles.mts';

const TEXTS = {
	prompt: JSON.stringify({ '4': { inputs: {}, class_type: 'CheckpointLoaderSimple' } }),
	workflow: JSON.stringify({ nodes: [{ id: 3, type: 'KSampler' }], links: [], version: 0.4 }),
};

const read = (bytes: Uint8Array) => readWorkflowFile(bytes, { name: 'picture.png' });

describe('a hostile file', () => {
	it('is not unpacked where it is a bomb', async () => {
		const prompt = `{"1": {"class_type": "A", "inputs": {"text": "${'x'.repeat(17 * 1024 * 1024)}"}}}`;
		await expect(read(png({ prompt }, 'zTXt'))).rejects.toThrow('prompt cannot be read');
	});

	it('takes time in proportion to its size', async () => {
		// Each of them would be read to the end of the file a hundred thousand times.
		const nameless = Buffer.concat([
			PNG_START,
			...Array.from({ length: 100_000 }, () => pngChunk('tEXt', Buffer.from('abc'))),
			PNG_END,
		]);
		const endless = Buffer.concat(Array.from({ length: 100_000 }, () => element(0x67c8)));
		const live = Buffer.concat([element(0x1a45dfa3, Buffer.alloc(4)), endless]);
		const empty = Array.from({ length: 100_000 }, () => box('meta'));
		const boxes = Buffer.concat([mp4({}).subarray(0, 36), box('moov', ...empty)]);
		for (const file of [nameless, live, boxes]) {
			await expect(read(file)).rejects.toBeInstanceOf(RunComfyError);
		}
	});

	it('makes nothing be thrown but our own errors, whatever is in it', async () => {
		const files = [png(TEXTS), webp(TEXTS), jpeg(TEXTS), mp4(TEXTS), webm(TEXTS), exif(TEXTS)];
		const change = fc.record({
			file: fc.constantFrom(...files),
			length: fc.nat(2_000),
			bytes: fc.array(fc.tuple(fc.nat(800), fc.nat(255)), { maxLength: 12 }),
		});
		await fc.assert(
			fc.asyncProperty(change, async ({ file, length, bytes }) => {
				const changed = Buffer.from(file.subarray(0, length || undefined));
				for (const [at, byte] of bytes) if (at < changed.length) changed[at] = byte;
				const found = await read(changed).catch((error: unknown) => error);
				if (found instanceof Error) expect(found).toMatchObject({ code: 'invalid_input' });
			}),
			{ numRuns: 1_000 },
		);
	});
});
