// What the lines of a journal say.
import { describe, expect, it } from '@jest/globals';
import {
	type JournalEntry,
	laterLines,
	lineOf,
	readLines,
} from '../../../../node-red/runtime/journal/journalLines.cts';

const entry = (job: string, more: Partial<JournalEntry> = {}): JournalEntry => ({
	...{ job, nodeId: 'n', at: 5, deploymentId: 'd', msg: { _msgid: job }, plan: { seed: 1 } },
	...more,
});
const begun = (job: string) => ({ v: 1, is: 'submitting', ...entry(job) });
const textOf = (lines: readonly unknown[]) =>
	lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const read = (...lines: unknown[]) => [...readLines(textOf(lines)).values()];

describe('the line of an entry', () => {
	it.each<[string, JournalEntry]>([
		['that waits, with its input', entry('a', { waiting: { input: { json: '{}', again: [] } } })],
		['that waits, and was not read yet', entry('a', { waiting: { unread: true } })],
		['that waits, of which nothing could be kept', entry('a', { waiting: {} })],
		['that is being submitted', entry('a')],
		['that was accepted', entry('a', { requestId: 'r' })],
	])('%s says all of it', (_what, one) => {
		expect([...readLines(lineOf(one))]).toEqual([['a', one]]);
	});

	it('of a run that no longer waits says nothing of an input', () => {
		const [one] = read({ v: 1, is: 'submitting', ...entry('a', { waiting: {} }) });
		expect(one?.waiting).toBeUndefined();
	});

	it.each<[string, unknown, JournalEntry['waiting']]>([
		['what is not an object', 'x', {}],
		['an input that is none', { input: 'x' }, {}],
		['an input without its text', { input: { json: 7, again: [] } }, {}],
		['an input without its fields', { input: { json: '{}', again: 'webhook' } }, {}],
		['unread, said otherwise', { unread: 'yes' }, {}],
	])('takes from one that waits no input of %s', (_what, waiting, kept) => {
		expect(read({ v: 1, is: 'waiting', ...entry('a'), waiting })[0]?.waiting).toEqual(kept);
	});
});

describe('the lines of a run', () => {
	it('say together where it stands', () => {
		const accepted = { v: 1, is: 'accepted', job: 'a', requestId: 'r', at: 9 };
		expect(read(begun('a'), begun('b'), accepted, { v: 1, is: 'ended', job: 'b' })).toEqual([
			entry('a', { requestId: 'r', at: 9 }),
		]);
	});

	it('count for nothing without its first one', () => {
		const accepted = { v: 1, is: 'accepted', job: 'a', requestId: 'r', at: 9 };
		expect(read(accepted, { v: 1, is: 'ended', job: 'c' }, begun('b'))).toEqual([entry('b')]);
	});

	it.each<[string, object]>([
		['of another version', { ...begun('b'), v: 2 }],
		['of another kind', { ...begun('b'), is: 'paused' }],
		['without a job', { ...begun('b'), job: 7 }],
		['without a time', { ...begun('b'), at: '5' }],
		['without a node', { ...begun('b'), nodeId: null }],
		['without a deployment', { ...begun('b'), deploymentId: null }],
		['whose message is a list', { ...begun('b'), msg: [] }],
		['whose message is a number', { ...begun('b'), msg: 7 }],
		['whose plan is missing', { ...begun('b'), plan: undefined }],
		['whose plan is null', { ...begun('b'), plan: null }],
		['that was accepted at no time', { v: 1, is: 'accepted', job: 'a', requestId: 'r' }],
		['that was accepted without an id', { v: 1, is: 'accepted', job: 'a', requestId: 7, at: 9 }],
		['that is a list', [begun('b')]],
	])('do not count where one is %s', (_what, line) => {
		expect(read(begun('a'), line)).toEqual([entry('a')]);
	});

	it('are read up to one that is torn, and after it', () => {
		const text = `${textOf([begun('a')])}{"v":1,"is":"subm\n${textOf([null, begun('b')])}`;
		expect([...readLines(text).keys()]).toEqual(['a', 'b']);
	});
});

describe('what a later version has written', () => {
	it('is told from all else by its number alone', () => {
		const later = ['{"v":2,"is":"paused"}', '{ "v": 3 }'];
		const ours = [
			JSON.stringify(begun('a')),
			'{"v":"2"}',
			'{"is":"v"}',
			'[2]',
			'null',
			'7',
			'{"v":',
		];
		expect(laterLines([...ours, ...later].join('\n'))).toBe('{"v":2,"is":"paused"}\n{ "v": 3 }\n');
		expect(laterLines('')).toBe('');
	});
});
