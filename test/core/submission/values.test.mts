import { describe, expect, it } from '@jest/globals';
import { type FieldValue, type InputSpec, type KnownWorkflow, listFew } from '../../../core/index';
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
