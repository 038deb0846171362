// What a restart must neither lose nor repeat of requests that were submitted.
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as StoreModule from '../../../../node-red/runtime/journal/requestStore.cts';
import { dist } from '../../support/dist.mts';
import { fs } from '../../support/journalDirectory.mts';

const { createRequestStore, openRequestStore } = dist<typeof StoreModule>(
	'node-red/runtime/journal/requestStore.cjs',
);

const DAY = 24 * 3600 * 1000;
let directory: string;
let now: number;
let warnings: string[];
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'runcomfy-requests-'));
	now = Date.UTC(2026, 0, 1);
	warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'runcomfy-requests.jsonl');
const open = () =>
	createRequestStore(
		file(),
		(text) => warnings.push(text),
		() => now,
	);

const linesOf = (entries: readonly unknown[]) =>
	entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

describe('what is known of a request', () => {
	it('is there after a restart', () => {
		const store = open();
		store.submitted('r1', { topic: 'cats', parts: { id: 'p' } });
		store.delivered('hook', 'r1');
		store.delivered('hook', 'r2 in_progress');
		const next = open();
		expect(next.messageOf('r1')).toEqual({ topic: 'cats', parts: { id: 'p' } });
		expect(next.messageOf('r2')).toEqual({});
		expect(next.deliveredBy('hook')).toEqual(['r1', 'r2 in_progress']);
		expect(next.deliveredBy('other')).toEqual([]);
		expect(statSync(file()).mode & 0o777).toBe(0o600);
		expect(warnings).toEqual([]);
	});

	it('is nothing where a message has nothing to come back', () => {
		open().submitted('r1', {});
		expect([existsSync(file()), warnings]).toEqual([false, []]);
	});

	it('is kept for 7 days, and then leaves the file', () => {
		open().submitted('r1', { topic: 'old' });
		open().delivered('hook', 'r1');
		now += 6 * DAY;
		open().submitted('r2', { topic: 'new' });
		expect(open().deliveredBy('hook')).toEqual(['r1']);
		now += 2 * DAY;
		const store = open();
		store.submitted('r3', { topic: 'newer' });
		expect([store.messageOf('r1'), store.deliveredBy('hook')]).toEqual([{}, []]);
		open();
		expect(readFileSync(file(), 'utf8')).not.toContain('old');
		expect(open().messageOf('r2')).toEqual({ topic: 'new' });
	});

	it('is kept to the end of the 7th day, whatever the order of its lines', () => {
		const lines = [
			{ v: 1, is: 'delivered', at: now, nodeId: 'hook', event: 'newer' },
			{ v: 1, is: 'delivered', at: now - 7 * DAY, nodeId: 'hook', event: 'just there' },
			{ v: 1, is: 'delivered', at: now - 7 * DAY - 1, nodeId: 'hook', event: 'gone' },
		];
		writeFileSync(file(), linesOf(lines));
		expect(open().deliveredBy('hook')).toEqual(['just there', 'newer']);
	});

	it('has a limit: the oldest goes first, and the file is written again now and then', () => {
		const store = open();
		const rewriting = jest.spyOn(fs, 'renameSync');
		for (let index = 0; index < 80; index += 1) {
			store.submitted(`r${index}`, { topic: 'x'.repeat(400_000) });
		}
		expect(store.messageOf('r0')).toEqual({});
		expect(store.messageOf('r65')).not.toEqual({});
		expect(store.messageOf('r79')).not.toEqual({});
		expect(statSync(file()).size).toBeLessThan(26_000_000);
		expect(rewriting).toHaveBeenCalledTimes(1);
	});

	it('is all that the file has after a torn line, and lines of another kind', () => {
		const good = [
			{ v: 1, is: 'submitted', at: now, requestId: 'r1', msg: { topic: 'cats' } },
			{ v: 1, is: 'delivered', at: now, nodeId: 'hook', event: 'r1' },
		] as const;
		const [submitted, delivered] = good;
		const odd = [
			{ ...submitted, requestId: 'r2', v: 2 },
			{ ...submitted, requestId: 'r2', at: '2026-01-01' },
			{ ...submitted, requestId: 'r2', is: 'new' },
			{ ...submitted, requestId: 2 },
			{ ...submitted, requestId: 'r2', msg: 'cats' },
			{ ...submitted, requestId: 'r2', msg: null },
			{ ...delivered, event: 'r2', is: 'new' },
			{ ...delivered, nodeId: 2 },
			{ ...delivered, event: 2 },
			null,
		];
		writeFileSync(file(), `${linesOf([...good, ...odd])}{"v":1,"is":"subm`);
		const store = open();
		expect(readFileSync(file(), 'utf8')).toBe(linesOf(good));
		expect([store.messageOf('r1'), store.deliveredBy('hook')]).toEqual([{ topic: 'cats' }, ['r1']]);
		expect([statSync(file()).mode & 0o777, warnings]).toEqual([0o600, []]);
	});

	it('lives in memory where there is no directory', () => {
		const store = createRequestStore(
			undefined,
			(text) => warnings.push(text),
			() => now,
		);
		store.submitted('r1', { topic: 'cats' });
		expect(store.messageOf('r1')).toEqual({ topic: 'cats' });
		expect(warnings).toEqual([]);
	});

	it('is not lost where two processes write it, and one of them writes it as a whole', () => {
		const [mine, theirs] = [open(), open()];
		mine.submitted('r1', { topic: 'a' });
		theirs.submitted('r2', { topic: 'b' });
		const failing = jest.spyOn(fs, 'appendFileSync').mockImplementationOnce(() => {
			throw new Error('EIO');
		});
		now += 1;
		mine.submitted('r3', { topic: 'c' });
		mine.submitted('r4', { topic: 'd' });
		failing.mockRestore();
		theirs.submitted('r5', { topic: 'e' });
		const topics = ['r1', 'r2', 'r3', 'r4', 'r5'].map((id) => open().messageOf(id)['topic']);
		expect(topics).toEqual(['a', 'b', 'c', 'd', 'e']);
		expect(mine.messageOf('r2')).toEqual({ topic: 'b' });
		expect(readdirSync(directory)).toEqual(['runcomfy-requests.jsonl']);
	});

	it('stays in order where another process has written before', () => {
		const [mine, theirs] = [open(), open()];
		theirs.delivered('hook', 'r1');
		jest.spyOn(fs, 'appendFileSync').mockImplementationOnce(() => {
			throw new Error('EIO');
		});
		for (const event of ['r2', 'r3']) {
			now += 1;
			mine.delivered('hook', event);
		}
		expect(mine.deliveredBy('hook')).toEqual(['r1', 'r2', 'r3']);
	});

	it('is written as a whole once a medium that has failed works again', () => {
		const store = open();
		store.submitted('r1', { topic: 'a' });
		rmSync(directory, { recursive: true });
		store.submitted('r2', { topic: 'b' });
		store.submitted('r3', { topic: 'c' });
		expect(warnings).toHaveLength(1);
		mkdirSync(directory);
		store.delivered('hook', 'r1');
		expect(['r1', 'r2', 'r3'].map((id) => open().messageOf(id)['topic'])).toEqual(['a', 'b', 'c']);
	});

	it('stays on disk where the file cannot be read, or not be written again', () => {
		open().submitted('r1', { topic: 'a' });
		const before = readFileSync(file(), 'utf8');
		const reading = jest.spyOn(fs, 'readFileSync').mockImplementation(() => {
			throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
		});
		const store = open();
		store.submitted('r2', { topic: 'b' });
		reading.mockRestore();
		expect(readFileSync(file(), 'utf8')).toBe(before);
		const naming = jest.spyOn(fs, 'renameSync').mockImplementationOnce(() => {
			throw new Error('EXDEV');
		});
		store.submitted('r3', { topic: 'c' });
		expect([naming.mock.calls.length, readFileSync(file(), 'utf8')]).toEqual([1, before]);
		expect(readdirSync(directory)).toEqual(['runcomfy-requests.jsonl']);
		expect(warnings).toEqual([`${file()} cannot be used: EACCES: permission denied`]);
		store.submitted('r4', { topic: 'd' });
		expect(['r1', 'r2', 'r3', 'r4'].map((id) => open().messageOf(id)['topic'])).toEqual([
			...['a', 'b', 'c', 'd'],
		]);
	});
});

describe('the store of a user directory', () => {
	const of = (userDir: unknown) =>
		openRequestStore({
			settings: { userDir },
			log: { warn: (text: string) => void warnings.push(text) },
		} as never);

	it('is one in a process, and in that directory', () => {
		const store = of(directory);
		store.submitted('r1', { topic: 'cats' });
		expect(open().messageOf('r1')).toEqual({ topic: 'cats' });
		expect(of(directory)).toBe(store);
		expect(of(join(directory, 'other'))).not.toBe(store);
	});

	it('tells the log what is wrong with it', () => {
		of(join(directory, 'missing')).submitted('r1', { topic: 'cats' });
		expect(warnings).toEqual([expect.stringMatching(/missing.*cannot be used: ENOENT/)]);
	});

	it('is in memory without a directory', () => {
		const store = of(undefined);
		store.submitted('r1', { topic: 'cats' });
		expect([of(''), of(7)]).toEqual([store, store]);
		expect(of('').messageOf('r1')).toEqual({ topic: 'cats' });
		expect(warnings).toEqual([]);
	});
});
