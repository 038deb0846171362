import { describe, expect, it } from '@jest/globals';
import { readWorkflowFile, RunComfyError } from '../../../../core/index';
import { classTypesOfEditor, convertEditor } from '../../../../core/parsers';
import fc from '../../../support/properties.mts';
import {
	box,
	element,
	exif,
	flac,
	FLAC_START,
	flacBlock,
	jpeg,
	mp3,
	mp4,
	oggPages,
	opus,
	png,
	PNG_END,
	PNG_START,
	pngChunk,
	webm,
	webp,
} from '../../../support/workflowFiles.mts';
import { INFO, node, subgraph, workflow } from '../../support/editorClasses.mts';

type JsonObject = Record<string, unknown>;

const convert = (given: JsonObject) => convertEditor(given, INFO);

const id = '0d1f2a3b-0000-4000-8000-000000000001';

describe('a hostile workflow', () => {
	it.each<[string, JsonObject]>([
		['no nodes', { nodes: [] }],
		['nodes that are none', { nodes: [null, 4, 'x', [], {}], links: [null, 4, {}, []] }],
		['links that are a text', { nodes: [node(1, 'Note')], links: 'x' }],
		['slots that are none', { nodes: [{ id: 1, type: 'Other', inputs: [null, 4], outputs: 3 }] }],
		['definitions that are none', { nodes: [], definitions: { subgraphs: [null, 4, { id: 1 }] } }],
		[
			'inherited names',
			workflow(
				[
					node('__proto__', 'constructor', { outputs: ['*'] }),
					node(2, '__proto__', { inputs: [['__proto__', '*', 1]], values: { __proto__: 1 } }),
				],
				[[1, '__proto__', 0, 2, 0]],
			),
		],
	])('%s: is refused', (_what, given) => {
		expect(() => convert(given)).toThrow(RunComfyError);
		expect(classTypesOfEditor(given)).toEqual(expect.any(Array));
	});

	it.each([
		['', 'Latent'],
		[' into nothing', 'empty'],
	])('whose subgraphs multiply%s is refused', (_what, innermost) => {
		expect(() => convert(multiplied(innermost))).toThrow(/more than 20000 nodes/);
	});

	it('keeps an id that every object inherits', () => {
		const graph = convert(workflow([node('__proto__', 'Latent', { values: [1, 2] })]));
		expect(Object.entries(graph)).toMatchObject([['__proto__', { class_type: 'Latent' }]]);
	});

	it('never makes the conversion throw anything but its own error', () => {
		const types = [
			...Object.keys(INFO),
			id,
			'Reroute',
			'PrimitiveNode',
			'SetNode',
			'GetNode',
			'Note',
		];
		const nodeId = fc.oneof(fc.integer({ min: -10, max: 6 }), fc.constant('__proto__'));
		const linkId = fc.oneof(fc.nat(6), fc.constant(null));
		const names = ['clip', 'model', 'text', 'images', 'model.width', 'seed', '__proto__', ''];
		const kinds = fc.constantFrom('CLIP', 'MODEL', '*', 'INT,FLOAT', '');
		const slot = fc.record({
			name: fc.constantFrom(...names),
			type: kinds,
			link: linkId,
			widget: fc.constantFrom(undefined, { name: 'clip' }),
		});
		const value = fc.oneof(
			fc.constantFrom<unknown>('small', 'on', 'fixed', 'a.png', 'image', 2, 0.5, true, null, 7n),
			fc.jsonValue({ maxDepth: 2 }),
		);
		const values = fc.oneof(
			fc.array(value, { maxLength: 9 }),
			fc.dictionary(fc.constantFrom(...names), value),
		);
		const some = fc.record({
			id: nodeId,
			type: fc.constantFrom(...types),
			mode: fc.constantFrom<unknown>(0, 0, 0, 2, 4, 'x'),
			inputs: fc.array(slot, { maxLength: 3 }),
			outputs: fc.array(slot, { maxLength: 2 }),
			widgets_values: values,
			properties: fc.constantFrom<unknown>({}, null, { proxyWidgets: [['-1', 'text'], 3] }),
		});
		const link = fc.tuple(fc.nat(6), nodeId, fc.integer({ min: -1, max: 2 }), nodeId, fc.nat(2));
		const graph = {
			nodes: fc.array(fc.oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: value }), {
				maxLength: 8,
			}),
			links: fc.array(fc.oneof({ weight: 9, arbitrary: link }, { weight: 1, arbitrary: value })),
		};
		const definition = fc.record({ id: fc.constant(id), inputs: fc.array(slot), ...graph });
		const given = fc.record({
			...graph,
			definitions: fc.record({ subgraphs: fc.array(definition, { maxLength: 1 }) }),
		});
		let converted = 0;
		fc.assert(
			fc.property(given, (one) => {
				try {
					const result = convert(one);
					converted += 1;
					for (const made of Object.values(result)) {
						expect(Object.hasOwn(INFO, made.class_type)).toBe(true);
						expect(made.inputs).toEqual(expect.any(Object));
					}
				} catch (error) {
					expect(error).toBeInstanceOf(RunComfyError);
				}
			}),
			{ numRuns: 2_000 },
		);
		expect(converted).toBeGreaterThan(100);
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (one) => {
				expect(() => convert({ ...one, nodes: [one] })).toThrow(RunComfyError);
			}),
		);
	});
});

/** Each level has three of the next: nodes without end in a small file. */
function multiplied(innermost: string): JsonObject {
	const subgraphs = Array.from({ length: 30 }, (_, level) => {
		const next = level === 29 ? innermost : `level ${level + 1}`;
		return subgraph(`level ${level}`, {
			nodes: [node(1, next), node(2, next), node(3, next)],
			links: [],
		});
	});
	const empty = subgraph('empty', { nodes: [], links: [] });
	const definitions = { subgraphs: [...subgraphs, empty] };
	return workflow([node(1, 'level 0')], [], { definitions });
}

const TEXTS = {
	prompt: JSON.stringify({ '4': { inputs: {}, class_type: 'CheckpointLoaderSimple' } }),
	workflow: JSON.stringify({ nodes: [{ id: 3, type: 'KSampler' }], links: [], version: 0.4 }),
};

const read = (bytes: Uint8Array) => readWorkflowFile(bytes, { name: 'picture.png' });

describe('a hostile file', () => {
	it('is not unpacked if it is a bomb', async () => {
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
		// A comment that says it has four billion entries, and pages and frames that hold nothing.
		const comments = Buffer.concat([Buffer.from('0000000000ffffff', 'hex'), Buffer.alloc(400_000)]);
		const flacs = Buffer.concat([FLAC_START, flacBlock(4, comments)]);
		const others = Array.from({ length: 100_000 }, () => oggPages(Buffer.alloc(0), 8));
		const pages = Buffer.concat([oggPages(Buffer.alloc(19)), ...others]);
		const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`n${at}`, '']));
		for (const file of [nameless, live, boxes, flacs, pages, mp3(many)]) {
			await expect(read(file)).rejects.toBeInstanceOf(RunComfyError);
		}
	});

	it('makes nothing be thrown but our own errors, whatever is in it', async () => {
		const sounds = [flac(TEXTS), opus(TEXTS), mp3(TEXTS), mp3(TEXTS, 3)];
		const pictures = [png(TEXTS), webp(TEXTS), jpeg(TEXTS), mp4(TEXTS), webm(TEXTS), exif(TEXTS)];
		const files = [...pictures, ...sounds];
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
