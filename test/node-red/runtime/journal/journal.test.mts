// What is on disk of runs that have not ended, whatever ends the process.
import type * as Fs from 'node:fs';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { expectNamed } from '../../../support/expect.mts';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/journalLines.cts';
import { dist, requireFromRoot } from '../../support/dist.mts';

const { openJournal, JOURNAL_FILE } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.cjs',
);
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/journalLines.cjs');

// The module object, whose functions the journal looks up at every call.
const fs = requireFromRoot('node:fs') as typeof Fs;

let dir: string;
let file: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'runcomfy-journal-'));
	file = join(dir, JOURNAL_FILE);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const NOW = 1_800_000_000_000;
const entry = (job: string, more: object = {}) => ({
	...{ job, nodeId: 'n', at: NOW, deploymentId: 'd', msg: { _msgid: job }, plan: {} },
	...more,
});
const onDisk = () => readLines(readFileSync(file, 'utf8'));

function open(now = NOW) {
	const warnings: string[] = [];
	const journal = openJournal(
		dir,
		(text) => warnings.push(text),
		() => now,
	);
	return { journal, warnings };
}

describe('the journal', () => {
	it('holds a run from its submit to its end, with what was accepted', () => {
		const { journal } = open();
		journal?.submitting(entry('a'));
		journal?.submitting(entry('b', { nodeId: 'other' }));
		expect([...onDisk().values()]).toEqual([entry('a'), entry('b', { nodeId: 'other' })]);
		journal?.accepted('a', 'r1', NOW + 5);
		expect(onDisk().get('a')).toEqual(entry('a', { requestId: 'r1', at: NOW + 5 }));
		expect(journal?.live('n').map(({ job }) => job)).toEqual(['a']);
		journal?.ended('a');
		expect([...onDisk().keys()]).toEqual(['b']);
		expect(journal?.live('n')).toEqual([]);
	});

	it('knows what waits only until its submit', () => {
		const { journal } = open();
		const waiting = { input: { json: '{"deploymentId":"d"}', again: ['webhook' as const] } };
		journal?.waiting(entry('a', { waiting }), true);
		journal?.waiting(entry('b', { waiting: {} }), false);
		expect([...onDisk().values()]).toEqual([entry('a', { waiting }), entry('b', { waiting: {} })]);
		journal?.submitting(entry('a', { at: NOW + 5 }));
		expect([...onDisk().values()]).toEqual([
			entry('a', { at: NOW + 5 }),
			entry('b', { waiting: {} }),
		]);
		expect(journal?.live('n')[0]).not.toHaveProperty('waiting');
		expect(journal?.live('n')[1]).toHaveProperty('waiting', {});
	});

	it('takes no input from a line that does not hold one', () => {
		const odd = [null, 7, { input: 'x' }, { input: { json: 7, again: [] } }, undefined];
		const lines = odd.map((waiting, index) =>
			JSON.stringify({ v: 1, is: 'waiting', ...entry(`job${index}`, { waiting }) }),
		);
		writeFileSync(file, lines.join('\n'));
		expect([...onDisk().values()].map(({ waiting }) => waiting)).toEqual(odd.map(() => ({})));
	});

	it('takes over what was left, but no torn line and nothing whose node stayed away', () => {
		const days = (count: number) => NOW - count * 24 * 3600 * 1000;
		const lines = [
			{ v: 1, is: 'submitting', ...entry('abandoned', { at: days(31) }) },
			{ v: 1, is: 'submitting', ...entry('old', { at: days(29) }) },
			{ v: 1, is: 'submitting', ...entry('a') },
			{ v: 1, is: 'accepted', job: 'a', requestId: 'r', at: NOW },
			{ v: 1, is: 'submitting', ...entry('b') },
			{ v: 1, is: 'ended', job: 'b' },
			{ v: 2, is: 'submitting', ...entry('later version') },
			{ v: 1, is: 'submitting', ...entry('no message', { msg: null }) },
		].map((line) => JSON.stringify(line));
		writeFileSync(file, `${lines.join('\n')}\nnull\n{"v":1,"is":"subm`);
		const { journal } = open();
		const old = entry('old', { at: days(29) });
		expect(journal?.live('n')).toEqual([old, entry('a', { requestId: 'r' })]);
		journal?.submitting(entry('c'));
		expect([...onDisk().keys()]).toEqual(['old', 'a', 'c']);
	});

	it('leaves to a later version of the package what that has written', () => {
		const later = [
			{ v: 2, is: 'submitting', ...entry('x'), more: true },
			{ v: 2, is: 'something new', job: 'x' },
		].map((line) => JSON.stringify(line));
		writeFileSync(file, `${later.join('\n')}\n`);
		const { journal } = open();
		expect(journal?.live('n')).toEqual([]);
		for (let n = 0; n < 100; n += 1) {
			journal?.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			journal?.ended(`job${n}`);
		}
		expect(readFileSync(file, 'utf8').split('\n').slice(0, 2)).toEqual(later);
	});

	it('keeps what there is of messages until what is live is large', () => {
		const { journal } = open();
		const large = (job: string) => entry(job, { msg: { _msgid: job, text: 'x'.repeat(100_000) } });
		for (let n = 0; n < 30; n += 1) journal?.submitting(large(`stays${n}`));
		for (let n = 0; n < 100; n += 1) {
			journal?.submitting(large(`job${n}`));
			expectNamed(journal?.live('n').at(-1)?.msg, `${n}`).toHaveProperty('text');
			journal?.ended(`job${n}`);
		}
		for (let n = 0; n < 100; n += 1) journal?.submitting(large(`more${n}`));
		expect(journal?.live('n').at(-1)?.msg).toEqual({ _msgid: 'more99' });
		// Still one of which nothing was submitted.
		journal?.waiting({ ...large('waits'), waiting: { input: { json: '{}', again: [] } } }, true);
		expect(journal?.live('n').at(-1)).toEqual(entry('waits', { waiting: {} }));
	});

	it('stays small, however many runs there were', () => {
		const { journal } = open();
		const waits = entry('waits', { waiting: {} });
		journal?.waiting(waits, true);
		for (let n = 0; n < 300; n += 1) {
			journal?.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			if (n > 0) journal?.ended(`job${n}`);
		}
		expect(statSync(file).size).toBeLessThan(70 * 1024);
		expect([...onDisk().keys()]).toEqual(['waits', 'job0']);
		expect(onDisk().get('waits')).toEqual(waits);
	});

	it('is for its user only, and there is one in a process', () => {
		const { journal } = open();
		expect(statSync(file).mode & 0o077).toBe(0);
		expect(open().journal).toBe(journal);
	});

	it('is absent without a user directory', () => {
		expect(openJournal(undefined, () => undefined)).toBeUndefined();
	});

	it('that cannot be written says so, once, and runs go on without', () => {
		rmSync(dir, { recursive: true });
		const { journal, warnings } = open();
		expect(journal).toBeUndefined();
		expect(open().warnings).toEqual([]);
		expect(warnings).toEqual([expect.stringMatching(/not outlive a restart.*ENOENT/)]);
	});
});

describe('what a power failure would leave', () => {
	const { fsyncSync: sync, renameSync: rename } = fs;

	it('is every line when its call returns, but of what waits for a moment only', () => {
		let durable = '';
		jest.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
			sync(fd);
			durable = existsSync(file) ? readFileSync(file, 'utf8') : '';
		});
		const { journal } = open();
		const isDurable = (call: () => void) => {
			call();
			return durable === readFileSync(file, 'utf8');
		};
		const waiting = entry('b', { waiting: {} });
		expect([
			isDurable(() => journal?.waiting(entry('a', { waiting: {} }), true)),
			isDurable(() => journal?.submitting(entry('a'))),
			isDurable(() => journal?.accepted('a', 'r1', NOW)),
			isDurable(() => journal?.ended('a')),
			isDurable(() => journal?.waiting(waiting, false)),
		]).toEqual([true, true, true, true, false]);
	});

	(process.platform !== 'win32' ? it : it.skip)('is a file written anew, and its name', () => {
		const steps: string[] = [];
		jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
			rename(from, to);
			steps.push('renamed');
		});
		jest.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
			sync(fd);
			steps.push(fs.fstatSync(fd).isDirectory() ? 'directory' : 'file');
		});
		open();
		expect(steps).toEqual(['file', 'renamed', 'directory']);
	});
});

describe('a disk that is full for a while', () => {
	/** Lets so many bytes of the next line through, and nothing of what comes after that. */
	function fill(bytes: number) {
		let left = bytes;
		return jest.spyOn(fs, 'writeSync').mockImplementation(((
			fd: number,
			line: Buffer,
			at: number,
		) => {
			if (left === 0) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
			const part = line.subarray(at, at + left);
			left -= part.length;
			return Number(execWrite(fd, part));
		}) as typeof Fs.writeSync);
	}
	const execWrite = fs.writeSync.bind(fs);
	afterEach(() => void jest.restoreAllMocks());

	it('leaves a journal that knows the truth again as soon as there is room', () => {
		const { journal, warnings } = open();
		journal?.submitting(entry('a'));
		journal?.accepted('a', 'r1', NOW);
		journal?.submitting(entry('b'));
		const full = fill(20);
		journal?.ended('a');
		journal?.accepted('b', 'r2', NOW);
		journal?.submitting(entry('c'));
		expect(warnings).toEqual([expect.stringMatching(/not outlive a restart.*ENOSPC/)]);
		full.mockRestore();
		journal?.submitting(entry('d'));
		expect([...onDisk().values()]).toEqual([
			entry('b', { requestId: 'r2' }),
			entry('c'),
			entry('d'),
		]);
		journal?.ended('d');
		expect([...onDisk().keys()]).toEqual(['b', 'c']);
		expect(warnings).toEqual([
			expect.anything(),
			expect.stringMatching(/outlive a restart.*again/),
		]);
	});

	it('does not keep descriptors open', () => {
		const { journal } = open();
		const openFiles = () => fs.readdirSync('/proc/self/fd').length;
		const before = process.platform === 'linux' ? openFiles() : 0;
		const full = fill(0);
		for (let n = 0; n < 20; n += 1) journal?.submitting(entry(`job${n}`));
		full.mockRestore();
		journal?.ended('job0');
		if (process.platform === 'linux') expect(openFiles()).toBe(before);
		expect(onDisk().size).toBe(19);
	});
});
