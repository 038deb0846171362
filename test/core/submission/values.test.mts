// Values that are files, and all others: what each becomes.
import { describe, expect, it } from '@jest/globals';
import {
	type FieldValue,
	type InputSpec,
	type KnownWorkflow,
	listFew,
	RunComfyError,
} from '../../../core/index';
import {
	embed,
	embedAll,
	embedAs,
	placeholdersOf,
	readFiles,
	refuseTwoForOne,
} from '../../../core/submission/files';
import { fitFields, warnOfChanges } from '../../../core/submission/values';
import { KNOWN } from './preparing.mts';

const UNKNOWN: KnownWorkflow = { info: {}, warnings: [] };

const RULES = {
	toBase64: (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'),
	sleep: () => Promise.resolve(),
};

const field = (
	input: string,
	value: unknown,
	kind: InputSpec['kind'] = 'other',
	nodeId = '3',
): FieldValue => ({ nodeId, input, value, label: 'The field', source: 'msg.x', spec: { kind } });

const fitted = (given: FieldValue, known = UNKNOWN) => fitFields([given], known, RULES);

describe('a field', () => {
	it.each<[unknown, InputSpec['kind'], string]>([
		[
			undefined,
			'string',
			'The field has no value: msg.x gives none (null leaves the input as deployed)',
		],
		['', 'integer', 'The field has no value: msg.x gives none (null leaves the input as deployed)'],
		['', 'other', 'The field has no value: msg.x gives none (null leaves the input as deployed)'],
		[NaN, 'float', 'The field has no value: msg.x gives NaN, which is not a number'],
		[Infinity, 'string', 'The field has no value: msg.x gives Infinity, which is not a number'],
	])('that gives %p for the kind %s has no value', async (value, kind, message) => {
		for (const known of [UNKNOWN, KNOWN]) {
			const { rows, findings } = await fitted(field('some', value, kind, '99'), known);
			expect([rows, findings]).toEqual([
				[],
				[{ path: '99.inputs.some', problem: 'no_value', message }],
			]);
		}
	});

	it('may be an empty text', async () => {
		expect(await fitted(field('text', '', 'string'))).toEqual({
			...{ rows: [{ nodeId: '3', input: 'text', value: '' }], findings: [], warnings: [] },
		});
	});

	it('that is null is left out', async () => {
		expect(await fitted(field('text', null, 'string'))).toEqual({
			...{ rows: [], findings: [], warnings: [] },
		});
	});

	it('of the wrong kind is told by its label, if the workflow is not known', async () => {
		const wrong = field('steps', 'many', 'integer');
		expect((await fitted(wrong)).findings).toEqual([
			{
				path: '3.inputs.steps',
				problem: 'wrong_type',
				message: 'The field takes a whole number, not "many"',
			},
		]);
		// The check of everything that is sent tells it then.
		expect((await fitted(wrong, KNOWN)).findings).toEqual([]);
	});

	it('that has lost digits is told at once', async () => {
		for (const known of [UNKNOWN, KNOWN]) {
			const { findings } = await fitted(field('seed', 2 ** 60, 'other', '99'), known);
			expect(findings).toMatchObject([
				{ path: '99.inputs.seed', problem: 'wrong_type', message: /^The field / },
			]);
		}
	});

	it.each([
		['seed', 'random', []],
		['noise_seed', ' Random', []],
		['steps', 'random', ['wrong_type']],
		['seed', 'often', ['wrong_type']],
	])('%s of %j may be drawn: %j', async (input, value, problems) => {
		const { findings } = await fitted(field(input, value, 'integer'));
		expect(findings.map(({ problem }) => problem)).toEqual(problems);
	});

	it('is of the kind that the workflow says, and else of the kept one', async () => {
		const given = field('steps', '7', 'string');
		expect((await fitted(given, KNOWN)).rows).toMatchObject([{ value: 7 }]);
		expect((await fitted({ ...given, nodeId: '99' }, KNOWN)).rows).toMatchObject([{ value: '7' }]);
	});

	it('that holds a file is embedded, with its warnings', async () => {
		const large = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(300_000)]);
		const { rows, warnings } = await fitted(field('image', large.toString('base64'), 'media'));
		expect(rows).toMatchObject([{ value: /^data:image\/gif;base64,/ }]);
		expect(warnings).toEqual([expect.stringMatching(/^The field has 293 KB/)]);
	});

	it('does not stand in the way of the others', async () => {
		const fields = [field('a', undefined), field('b', 1), field('c', undefined), field('d', 2)];
		const { rows, findings } = await fitFields(fields, UNKNOWN, RULES);
		expect(rows.map(({ input }) => input)).toEqual(['b', 'd']);
		expect(findings).toHaveLength(2);
	});
});

describe('a form that shows what was', () => {
	const shown = (value: unknown, input = 'steps', nodeId = '3') =>
		({ nodeId, input, label: `${input} of ${nodeId}`, value }) as never;
	const warned = (...untouched: never[]) => warnOfChanges(untouched, KNOWN);

	it('is told if it is not so any more', () => {
		expect(warned(shown(19))).toEqual([
			expect.stringContaining('with its new values: steps of 3 is 20 now. Choose'),
		]);
		expect(warned(shown('x', 'positive'), shown('a cat', 'text', '6'), shown(1, 'cfg'))).toEqual([
			expect.stringContaining('values: positive of 3 is ["6",0] now; cfg of 3 is 4.5 now. Choose'),
		]);
	});

	it.each([
		['the same', shown(20)],
		['the same as a text', shown('20')],
		['the same seed', shown('18446744073709551615', 'seed')],
		['of an input that is gone', shown(1, 'gone')],
		['of a node that is gone', shown(1, 'steps', '99')],
	])('is not told of what is %s', (_what, one) => {
		expect(warned(one)).toEqual([]);
	});

	it('is told nothing if nothing is known or shown', () => {
		expect(warnOfChanges([shown(1)], UNKNOWN)).toEqual([]);
		expect(warnOfChanges(undefined, KNOWN)).toEqual([]);
	});
});

describe('the first few of many texts', () => {
	it.each([
		[[], ''],
		[['a'], 'a'],
		[Array(5).fill('a'), 'a; a; a; a; a'],
		[Array(7).fill('a'), 'a; a; a; a; a; and 2 more'],
		[['a'.repeat(120)], 'a'.repeat(120)],
		[['a'.repeat(121)], `${'a'.repeat(119)}…`],
	])('%j', (texts, list) => {
		expect(listFew(texts as string[])).toBe(list);
	});
});

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
