// Which values of overrides are files, and what becomes of them.
import { describe, expect, it } from '@jest/globals';
import { RunComfyError } from '../../../core/index';
import { placeholdersOf, readFiles, refuseTwoForOne } from '../../../core/submission/files';
import { embed, embedAll, embedAs } from '../../../core/submission/files';

const GIF = Buffer.from('GIF89a..............................................................');
const BASE64 = GIF.toString('base64');
const DATA_URI = `data:image/gif;base64,${BASE64}`;
const OPTIONS = {
	label: 'L',
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
	sleep: () => Promise.resolve(),
};

describe('a value that is a file whatever it is for', () => {
	it.each<[string, unknown]>([
		['bytes', GIF],
		['a data URI', DATA_URI],
		['a data URI of another type', ` DATA:image/png;base64,${BASE64}`],
		['a data URI with parameters', `data:image/png;a=b;base64,${BASE64}`],
	])('%s is embedded', async (_what, value) => {
		expect(await embed(value, OPTIONS)).toEqual({ value: DATA_URI, warnings: [] });
	});

	it.each([
		...[BASE64, 'data: a chart', 'data:text/plain,a', 'see data:image/gif;base64,AAAA'],
		...['data:a,b;base64,AAAA', 'https://e.com/a.gif', '', 7, null, { data: DATA_URI }],
	])('%j is none', async (value) => {
		const { value: left, warnings } = await embed(value, OPTIONS);
		expect(left).toBe(value);
		expect(warnings).toEqual([]);
	});

	it('is refused past the limit, by its label', async () => {
		await expect(embed(GIF, { ...OPTIONS, maxBytes: 10 })).rejects.toMatchObject({
			code: 'invalid_input',
			message: expect.stringMatching(/^L has 68 bytes/),
		});
	});
});

describe('a value that is a file for an input of media', () => {
	it('is base64', async () => {
		expect(await embedAs('media', BASE64, OPTIONS)).toEqual({ value: DATA_URI, warnings: [] });
	});

	it.each(['data:image/gif,GIF89a', ' Data: not one'])(
		'that cannot be one is refused: %j',
		async (value) => {
			await expect(embedAs('media', value, OPTIONS)).rejects.toMatchObject({
				code: 'invalid_input',
			});
		},
	);

	it.each(['a.png', 'https://e.com/a.gif', DATA_URI, 7, null])('is not %j', async (value) => {
		expect((await embedAs('media', value, OPTIONS)).value).toBe(value);
	});

	it.each(['string', 'choice', 'other'] as const)(
		'is none for one of the kind %s',
		async (kind) => {
			for (const value of [BASE64, 'data: a chart']) {
				expect((await embedAs(kind, value, OPTIONS)).value).toBe(value);
			}
		},
	);
});

describe('overrides with files in them', () => {
	it('have each value put through the same work, and say where it is from', async () => {
		const overrides = { 1: { inputs: { a: 1, b: 2 } }, 2: { inputs: { c: 3 } } };
		const done = await embedAll(overrides, (nodeId) => async (value, label, input) => ({
			value: [value, nodeId, input],
			warnings: [label],
		}));
		expect(done).toEqual({
			overrides: {
				1: { inputs: { a: [1, '1', 'a'], b: [2, '1', 'b'] } },
				2: { inputs: { c: [3, '2', 'c'] } },
			},
			warnings: [
				'The file for node 1, input a,',
				'The file for node 1, input b,',
				'The file for node 2, input c,',
			],
		});
	});
});

describe('input files', () => {
	const file = (
		nodeId: string,
		input: string,
		read = async () => ({ value: 'v', warnings: ['w'] }),
	) => ({
		...{ nodeId, input, label: `File ${nodeId}`, read },
	});

	it('are checked as data URIs before they are read', () => {
		expect(placeholdersOf([file('1', 'a'), file('2', 'b')])).toEqual([
			{ nodeId: '1', input: 'a', value: 'data:' },
			{ nodeId: '2', input: 'b', value: 'data:' },
		]);
	});

	it('are one for each input', () => {
		expect(() => refuseTwoForOne([])).not.toThrow();
		expect(() => refuseTwoForOne([file('1', 'a'), file('1', 'b'), file('2', 'a')])).not.toThrow();
		// Neither of these is the other, though their texts together are.
		expect(() => refuseTwoForOne([file('1', '2,3'), file('1,2', '3')])).not.toThrow();
		expect(() => refuseTwoForOne([file('1', 'a'), file('2', 'a'), file('1', 'a')])).toThrow(
			expect.objectContaining({
				code: 'invalid_input',
				message: 'Input Files has two files for the input a of node 1',
				hint: expect.stringContaining('one file'),
			}),
		);
	});

	it('become overrides, with their warnings', async () => {
		expect(await readFiles([file('1', 'a'), file('1', 'b'), file('2', 'a')])).toEqual({
			overrides: { 1: { inputs: { a: 'v', b: 'v' } }, 2: { inputs: { a: 'v' } } },
			warnings: ['w', 'w', 'w'],
		});
	});

	it('that cannot be read are named, and the error keeps what it said', async () => {
		const own = new RunComfyError('output_unavailable', 'gone', { hint: 'h', details: { n: 1 } });
		await expect(readFiles([file('1', 'a', () => Promise.reject(own))])).rejects.toMatchObject({
			...{ code: 'output_unavailable', message: 'File 1: gone', hint: 'h', details: { n: 1 } },
		});
		const odd = () => Promise.reject(new TypeError('odd'));
		await expect(readFiles([file('1', 'a', odd)])).rejects.toMatchObject({
			...{ code: 'invalid_input', message: 'File 1: odd' },
		});
	});
});
