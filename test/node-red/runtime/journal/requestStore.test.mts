// What a restart must neither lose nor repeat of requests that were submitted.
import {
	appendFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as StoreModule from '../../../../node-red/runtime/journal/requestStore.cts';
import { dist } from '../../support/dist.mts';
import { fs } from '../../support/journalDirectory.mts';

const { createRequestStore } = dist<typeof StoreModule>(
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

	it('has a limit: the oldest goes first', () => {
		const store = open();
		for (let index = 0; index < 1_000; index += 1) {
			store.submitted(`r${index}`, { topic: 'x'.repeat(16_000) });
		}
		expect(store.messageOf('r0')).toEqual({});
		expect(store.messageOf('r999')).not.toEqual({});
		expect(statSync(file()).size).toBeLessThan(32 * 1024 * 1024);
	});

	it('survives a torn line, and lines of another kind', () => {
		open().submitted('r1', { topic: 'cats' });
		appendFileSync(
			file(),
			'{"v":2,"is":"new"}\nnull\n{"v":1,"is":"delivered","at":1}\n{"v":1,"is":"subm',
		);
		expect(open().messageOf('r1')).toEqual({ topic: 'cats' });
	});

	it('lives in memory where there is no directory', () => {
		const store = createRequestStore(
			undefined,
			() => undefined,
			() => now,
		);
		store.submitted('r1', { topic: 'cats' });
		expect(store.messageOf('r1')).toEqual({ topic: 'cats' });
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
});
