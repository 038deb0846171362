// What a journal contains, and what it keeps of a message.
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type * as KeptMessageModule from '../../../../node-red/runtime/journal/keptMessage.cts';
import type * as EntriesModule from '../../../../node-red/runtime/journal/lines.cts';
import { dist } from '../../support/dist.mts';

const { readLines } = dist<typeof EntriesModule>('node-red/runtime/journal/lines.cjs');

type JournalEntry = EntriesModule.JournalEntry;

const entry = (job: string, more: Partial<JournalEntry> = {}): JournalEntry => {
	const state = more.waiting ? 'planned' : 'submitting';
	const receipt = { ids: { deploymentId: 'd' }, state, at: 5 } as const;
	return { job, nodeId: 'n', receipt, msg: { _msgid: job }, plan: { seed: 1 }, ...more };
};

const begun = (job: string, more: object = {}) => ({ is: 'run', ...entry(job), ...more });

const accepted = (job: string, receipt: object = {}) =>
	begun(job, { receipt: { ids: { requestId: 'r' }, state: 'accepted', at: 9, ...receipt } });

const textOf = (lines: readonly unknown[]) =>
	lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const read = (...lines: unknown[]) => [...readLines(textOf(lines)).runs.values()];

describe('the lines of a run', () => {
	it.each<[string, object]>([
		['of another kind', { ...begun('b'), is: 'paused' }],
		['without a job', { ...begun('b'), job: 7 }],
		['without a node', { ...begun('b'), nodeId: null }],
		['without a receipt', { ...begun('b'), receipt: null }],
		['whose receipt has no time', accepted('b', { at: '5' })],
		['whose receipt names nothing', accepted('b', { ids: null })],
		['whose receipt is in no state', accepted('b', { state: 'lost' })],
		['whose message is a list', { ...begun('b'), msg: [] }],
		['whose message is a number', { ...begun('b'), msg: 7 }],
		['whose plan is missing', { ...begun('b'), plan: undefined }],
		['whose plan is null', { ...begun('b'), plan: null }],
		['that is a list', [begun('b')]],
	])('do not count where one is %s', (_what, line) => {
		expect(read(begun('a'), line)).toEqual([entry('a')]);
	});
});

const { keptMessage } = dist<typeof KeptMessageModule>('node-red/runtime/journal/keptMessage.cjs');

const TOKEN = 'rc-0123456789abcdef';

/** So many objects inside each other. */
const nested = (levels: number, inside?: unknown): unknown =>
	levels === 0 ? inside : { below: nested(levels - 1, inside) };

describe('other lines', () => {
	const message = { is: 'message', at: 5, requestId: 'r', msg: { topic: 'cats' } };
	const delivered = { is: 'delivered', at: 5, nodeId: 'hook', event: 'r' };
	const ended = { is: 'ended', job: 'j', run: { state: 'ended' } };

	it.each<[string, object | null]>([
		['whose time is a text', { ...message, at: '2026-01-01' }],
		['whose request is a number', { ...message, requestId: 2 }],
		['whose message is a text', { ...message, msg: 'cats' }],
		['of no node', { ...delivered, nodeId: null }],
		['of no event', { ...delivered, event: 2 }],
		['of an end that says nothing', { ...ended, run: null }],
	])('do not count where one is %s', (_what, line) => {
		const lines = readLines(textOf([line]));
		expect([lines.remembered.size, lines.ended.size]).toEqual([0, 0]);
	});
});

describe('what is kept of a message', () => {
	it('is plain data, without what the answer replaces and what lives in the process', () => {
		const date = new Date(0);
		const kept = keptMessage(
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
			TOKEN,
		);
		expect(kept).toEqual({
			_msgid: 'm',
			topic: 't',
			parts: { id: 'p', index: 1 },
			list: [1, 'a', null, true],
			date: date.toISOString(),
			deep: { kept: 1 },
		});
	});

	it('takes objects of a Function node, which come from another realm', () => {
		const msg = runInNewContext('({ _msgid: "m", own: { list: [{ a: 1 }] } })') as object;
		expect(keptMessage(msg, TOKEN)).toEqual({ _msgid: 'm', own: { list: [{ a: 1 }] } });
	});

	it('holds no secret', () => {
		const kept = keptMessage(
			{
				token: 'a',
				apiKey: 'b',
				extraData: { api_key_comfy_org: 'c' },
				headers: { Authorization: 'd', cookie: 'e', accept: 'f' },
				hook: 'https://example.com/runcomfy?secret=g%20h&user=7',
				note: `see "${TOKEN}" and Bearer abc"`,
			},
			TOKEN,
		);
		expect(kept).toEqual({
			headers: { accept: 'f' },
			hook: 'https://example.com/runcomfy?secret=&user=7',
			note: 'see "[token]" and Bearer [token]"',
		});
	});

	it('has a size limit, and ids come first', () => {
		const kept = keptMessage(
			{ long: 'x'.repeat(16_000), more: 'y'.repeat(500), _msgid: 'm' },
			TOKEN,
		);
		expect(Object.keys(kept)).toEqual(['_msgid', 'long']);
		// The bytes of the name and two quotation marks.
		const fits = 'x'.repeat(16 * 1024 - 'text""'.length);
		expect(keptMessage({ text: fits }, TOKEN)).toEqual({ text: fits });
		expect(keptMessage({ text: `${fits}x` }, TOKEN)).toEqual({});
	});

	it('has a limit of depth', () => {
		expect(keptMessage({ deep: nested(21, 'x') }, TOKEN)).toEqual({ deep: nested(21, 'x') });
		expect(keptMessage({ deep: nested(22, 'x') }, TOKEN)).toEqual({ deep: nested(21) });
	});

	it('leaves out what cannot be read or contains itself', () => {
		const msg: Record<string, unknown> = { _msgid: 'm' };
		msg['self'] = msg;
		Object.defineProperty(msg, 'broken', {
			enumerable: true,
			get: () => {
				throw new Error('no');
			},
		});
		expect(Object.keys(keptMessage(msg, TOKEN))).toEqual(['_msgid']);
		const around: Record<string, unknown> = { name: 'a' };
		around['again'] = around;
		expect(keptMessage({ around }, TOKEN)).toEqual({ around: { name: 'a' } });
	});

	it('reads no more of what does not fit than would fit, however often it refers to itself', () => {
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
		const kept = keptMessage(
			{ tree, shared, many, long: 'x'.repeat(1_000_000), topic: 't' },
			TOKEN,
		);
		expect(kept).toEqual({ topic: 't', tree: { name: 'root' } });
		expect(reads).toBeLessThan(100_000);
	});
});

const { briefMessage, wholeMessage } = dist<typeof KeptMessageModule>(
	'node-red/runtime/journal/keptMessage.cjs',
);

describe('a message as a whole', () => {
	it('is kept where it is plain data, with what the answer replaces', () => {
		const msg = {
			_msgid: 'm',
			topic: 't',
			payload: { prompt: 'a cat', seed: 7, hd: false },
			requestId: 'r',
			runcomfy: { list: ['a', null, { b: 1 }] },
			nothing: undefined,
		};
		expect(wholeMessage(msg, TOKEN)).toStrictEqual(msg);
	});

	const around: Record<string, unknown> = { name: 'a' };
	around['again'] = around;
	const unreadable = {
		get payload() {
			throw new Error('no');
		},
	};
	it.each<[string, object]>([
		['a function', { callback: () => 1 }],
		['a Date, which would be a text', { date: new Date(0) }],
		['a Buffer', { payload: { image: Buffer.from('abc') } }],
		['a Map', { payload: [new Map()] }],
		['a bigint', { seed: 1n }],
		['a number that JSON does not have', { seed: NaN }],
		['a name for secrets', { payload: { apiKey: 'abc' } }],
		['the token of the account', { note: `see ${TOKEN}` }],
		['a secret in an address', { hook: 'https://example.com/?secret=abc' }],
		['itself', { around }],
		['what cannot be read', unreadable],
	])('is not where it has %s', (_what, msg) => {
		expect(wholeMessage(msg, TOKEN)).toBeUndefined();
	});

	it('is kept up to a size: its texts, and one for every other value', () => {
		const fits = 'x'.repeat(16 * 1024 - 2);
		const msg = { payload: fits, list: [] };
		expect(wholeMessage(msg, TOKEN)).toEqual(msg);
		expect(wholeMessage({ ...msg, payload: `${fits}x` }, TOKEN)).toBeUndefined();
		expect(wholeMessage({ ...msg, list: [1] }, TOKEN)).toBeUndefined();
	});

	it('is kept up to a depth', () => {
		const nested = (levels: number): unknown => (levels === 0 ? 'x' : { a: nested(levels - 1) });
		const [deep, deeper] = [nested(21), nested(22)] as [object, object];
		expect(wholeMessage(deep, TOKEN)).toEqual(deep);
		expect(wholeMessage(deeper, TOKEN)).toBeUndefined();
	});
});

describe('a message in brief', () => {
	it('is what it can be told by', () => {
		const parts = { id: 'p', index: 1 };
		expect(briefMessage({ _msgid: 'm', topic: 't', parts, payload: 'x' }, TOKEN)).toEqual({
			_msgid: 'm',
			topic: 't',
			parts,
		});
	});

	it('is without what is long, each by itself, cannot be read or is a secret', () => {
		const long = 'x'.repeat(1024);
		expect(briefMessage({ _msgid: long, topic: long }, TOKEN)).toEqual({
			_msgid: long,
			topic: long,
		});
		expect(briefMessage({ _msgid: 'm', topic: `${long}x` }, TOKEN)).toEqual({ _msgid: 'm' });
		const unreadable = {
			_msgid: `m ${TOKEN}`,
			get topic() {
				throw new Error('no');
			},
		};
		expect(briefMessage(unreadable, TOKEN)).toEqual({ _msgid: 'm [token]' });
	});
});
