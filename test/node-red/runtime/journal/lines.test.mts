// The contents of a journal, and the parts of a message that it stores.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type * as KeptMessageModule from '../../../../node-red/runtime/journal/keptMessage.ts';
import type * as LinesModule from '../../../../node-red/runtime/journal/lines.ts';
import { dist } from '../../support/dist.mts';

const { lineOf, readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.js');
const { briefMessage, keptMessage, wholeMessage } = dist<typeof KeptMessageModule>(
	'node-red/runtime/journal/keptMessage.js',
);

const receipt = { ids: { requestId: 'r' }, state: 'accepted', at: 9 };
const run = { is: 'run', job: 'b', nodeId: 'n', receipt, msg: {}, plan: {} };

const read = (...lines: unknown[]) => {
	const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
	return [...readLines(text).keys()];
};

describe('a line', () => {
	it('counts beside others', () => {
		expect(read(run, { ...run, job: 'j' })).toEqual(['b', 'j']);
	});

	it.each<[string, unknown]>([
		['of another kind', { ...run, is: 'paused' }],
		['without a job', { ...run, job: 7 }],
		['without a node', { ...run, nodeId: null }],
		['without a receipt', { ...run, receipt: null }],
		['whose receipt has no time', { ...run, receipt: { ...receipt, at: '5' } }],
		['whose receipt names nothing', { ...run, receipt: { ...receipt, ids: null } }],
		['whose receipt is in no state', { ...run, receipt: { ...receipt, state: 'lost' } }],
		['of a run whose message is a list', { ...run, msg: [] }],
		['without a plan', { ...run, plan: undefined }],
		['that is a list', [run]],
	])('%s does not count', (_what, line) => {
		expect(read(line)).toEqual([]);
	});
});

describe('a line about canceled runs', () => {
	const canceled = { is: 'canceled', jobs: ['b', 'unknown'], by: 'flow', at: 7 };
	const cancelIn = (...lines: unknown[]) => {
		const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
		return readLines(text).get('b')?.receipt.cancel;
	};

	it('counts wherever it stands, and for the next step of a run, too', () => {
		for (const lines of [
			[run, canceled],
			[canceled, run],
			[run, canceled, run],
		]) {
			expect(cancelIn(...lines)).toEqual({ by: 'flow', at: 7 });
		}
	});

	it('leaves alone what is known of a cancel, and a run that has ended', () => {
		const cancel = { by: 'left', at: 3, verdict: 'unknown' };
		expect(cancelIn({ ...run, receipt: { ...receipt, cancel } }, canceled)).toEqual(cancel);
		expect(read(run, canceled, { is: 'gone', job: 'b' })).toEqual([]);
	});

	it.each<[string, object]>([
		['whose jobs are a text', { jobs: 'b' }],
		['with a job that is a number', { jobs: ['b', 1] }],
		['of nobody', { by: undefined }],
		['at no time', { at: '7' }],
	])('%s does not count', (_what, wrong) => {
		expect(cancelIn(run, { ...canceled, ...wrong })).toBeUndefined();
	});
});

describe('the input of a message', () => {
	it('is in its line only until the submit may have left', () => {
		const entry = {
			job: 'b',
			nodeId: 'n',
			msg: {},
			plan: {},
			waiting: { input: { json: 'a fox', webhook: false } },
		};
		const linesOf = (['planned', 'submitting', 'accepted'] as const).map((state) =>
			lineOf({ ...entry, receipt: { ids: {}, state, at: 9 } }),
		);
		expect(linesOf.map((line) => line.includes('a fox'))).toEqual([true, false, false]);
	});
});

const TOKEN = 'rc-0123456789abcdef';

/** This many nested objects. */
const nested = (levels: number, inside?: unknown): unknown =>
	levels === 0 ? inside : { below: nested(levels - 1, inside) };

const unreadable = (name: string) =>
	Object.defineProperty({}, name, {
		enumerable: true,
		get: () => {
			throw new Error('no');
		},
	}) as object;

const around: Record<string, unknown> = { name: 'a' };
around['again'] = around;

describe('the stored part of a message', () => {
	const date = new Date(0);
	// The bytes of the name and two quotation marks.
	const fits = 'x'.repeat(16 * 1024 - 'text""'.length);

	it.each<[string, object, object]>([
		[
			'plain data, without what the answer replaces and what lives in the process',
			{
				_msgid: 'm',
				topic: 't',
				parts: { id: 'p', index: 1 },
				payload: 'x'.repeat(99),
				req: {},
				res: {},
				runcomfy: {},
				list: [1, 'a', null, true],
				date,
				fn: () => 1,
				bytes: Buffer.from('abc'),
				map: new Map(),
				big: 1n,
				nan: NaN,
				deep: { bytes: new Uint8Array(3), kept: 1 },
			},
			{
				_msgid: 'm',
				topic: 't',
				parts: { id: 'p', index: 1 },
				list: [1, 'a', null, true],
				date: date.toISOString(),
				deep: { kept: 1 },
			},
		],
		[
			'objects of a Function node, which come from another realm',
			runInNewContext('({ own: { list: [{ a: 1 }] } })') as object,
			{ own: { list: [{ a: 1 }] } },
		],
		[
			'no secret of the account',
			{ note: `see "${TOKEN}"`, list: [TOKEN] },
			{ note: 'see "[token]"', list: ['[token]'] },
		],
		['what fits', { text: fits }, { text: fits }],
		['nothing that is larger', { text: `${fits}x` }, {}],
		['its ids first', { long: fits, _msgid: 'm' }, { _msgid: 'm' }],
		['21 levels', { deep: nested(21, 'x') }, { deep: nested(21, 'x') }],
		['no more levels', { deep: nested(22, 'x') }, { deep: nested(21) }],
		['nothing that contains itself', { around }, { around: { name: 'a' } }],
		['nothing that cannot be read', unreadable('broken'), {}],
	])('is %s', (_what, msg, kept) => {
		expect(keptMessage(msg, [TOKEN])).toEqual(kept);
	});

	it('is read no further than it fits, however often it refers to itself', () => {
		let reads = 0;
		const counted = <T extends object>(value: T) =>
			new Proxy(value, {
				get(target, name) {
					reads += 1;
					return Reflect.get(target, name) as unknown;
				},
			});
		const tree = counted<Record<string, unknown>>({ name: 'root' });
		for (const link of ['parent', 'next', 'previous', 'first', 'last']) tree[link] = tree;
		const shared = Array.from({ length: 18 }).reduce<object>(
			(below) => ({ a: below, b: below }),
			counted([1]),
		);
		const many = counted(Array.from({ length: 200_000 }, () => ({ a: 1 })));
		const long = 'x'.repeat(1_000_000);
		const kept = keptMessage({ tree, shared, many, long, topic: 't' }, [TOKEN]);
		expect(kept).toEqual({ topic: 't', tree: { name: 'root' } });
		expect(reads).toBeLessThan(100_000);
	});
});

describe('a message as a whole', () => {
	const fits = { payload: 'x'.repeat(16 * 1024 - 2), list: [] };

	it.each<[string, object]>([
		[
			'plain data, with what the answer replaces',
			{
				_msgid: 'm',
				payload: { prompt: 'a cat', seed: 7, hd: false },
				requestId: 'r',
				runcomfy: { list: ['a', null, { b: 1 }] },
				nothing: undefined,
			},
		],
		['16 KB of texts and one for every other value', fits],
		['21 levels', nested(21, 'x') as object],
	])('is kept where it is %s', (_what, msg) => {
		expect(wholeMessage(msg, [TOKEN])).toStrictEqual(msg);
	});

	it.each<[string, object]>([
		['a function', { callback: () => 1 }],
		['a Date, which would be a text', { date: new Date(0) }],
		['a Buffer', { payload: { image: Buffer.from('abc') } }],
		['the token of the account', { note: `see ${TOKEN}` }],
		['itself', { around }],
		['what cannot be read', unreadable('payload')],
		['a longer text', { ...fits, payload: `${fits.payload}x` }],
		['one more value', { ...fits, list: [1] }],
		['more levels', nested(22, 'x') as object],
	])('is not where it has %s', (_what, msg) => {
		expect(wholeMessage(msg, [TOKEN])).toBeUndefined();
	});
});

describe('a message in brief', () => {
	const parts = { id: 'p', index: 1 };
	const long = 'x'.repeat(1024);

	it.each<[string, object, object]>([
		['what it can be told by', { _msgid: 'm', parts, payload: 'x' }, { _msgid: 'm', parts }],
		['each of it up to a size', { _msgid: long, topic: long }, { _msgid: long, topic: long }],
		['nothing that is longer', { _msgid: 'm', topic: `${long}x` }, { _msgid: 'm' }],
		['no secret', { _msgid: `m ${TOKEN}` }, { _msgid: 'm [token]' }],
		['nothing that cannot be read', unreadable('topic'), {}],
	])('is %s', (_what, msg, brief) => {
		expect(briefMessage(msg, [TOKEN])).toEqual(brief);
	});
});
