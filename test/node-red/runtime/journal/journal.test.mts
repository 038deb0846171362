// What is on disk of runs that have not ended, whatever ends the process.
import type * as Fs from 'node:fs';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import { eventually, expectNamed } from '../../../support/expect.mts';
import { itWhere } from '../../../support/itWhere.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';
import { entry, fs, NOW, useJournal } from '../../support/journalDirectory.mts';

const { openJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');

const { file, onDisk, open, text } = useJournal();

describe('the journal', () => {
	it('holds a run from its submit to its end, with what was accepted', async () => {
		const { journal } = open();
		await journal.submitting(entry('a'));
		await journal.submitting(entry('b', { nodeId: 'other' }));
		expect([...(await onDisk()).values()]).toEqual([entry('a'), entry('b', { nodeId: 'other' })]);
		journal.accepted('a', 'r1', NOW + 5);
		expect((await onDisk()).get('a')).toEqual(entry('a', { requestId: 'r1', at: NOW + 5 }));
		expect(journal.live('n').map(({ job }) => job)).toEqual(['a']);
		journal.ended('a');
		expect([...(await onDisk()).keys()]).toEqual(['b']);
		expect(journal.live('n')).toEqual([]);
	});

	it('has a line on the medium before its submit, also one that comes while another is made durable', async () => {
		const { journal } = open();
		const durable: Array<() => void> = [];
		jest.spyOn(fs, 'fsync').mockImplementation(((_fd: number, callback: Fs.NoParamCallback) => {
			durable.push(() => callback(null));
		}) as typeof Fs.fsync);
		const first = journal.submitting(entry('a'));
		const finish = () => durable.splice(0).forEach((one) => one());
		await turns(2);
		const atSubmit = journal.submitting(entry('b')).then(() => readFileSync(file(), 'utf8'));
		finish();
		await first;
		await turns(2);
		expect(durable).toHaveLength(1);
		finish();
		expect(await atSubmit).toContain('"job":"b"');
	});

	it('knows what waits only until its submit', async () => {
		const { journal } = open();
		const waiting = { input: { json: '{"deploymentId":"d"}', again: ['webhook' as const] } };
		journal.waiting(entry('a', { waiting }), true);
		journal.waiting(entry('b', { waiting: {} }), false);
		expect([...(await onDisk()).values()]).toEqual([
			entry('a', { waiting }),
			entry('b', { waiting: {} }),
		]);
		await journal.submitting(entry('a', { at: NOW + 5 }));
		expect([...(await onDisk()).values()]).toEqual([
			entry('a', { at: NOW + 5 }),
			entry('b', { waiting: {} }),
		]);
		expect(journal.live('n')[0]).not.toHaveProperty('waiting');
		expect(journal.live('n')[1]).toHaveProperty('waiting', {});
	});

	it('takes no input from a line that does not hold one', async () => {
		const odd = [null, 7, { input: 'x' }, { input: { json: 7, again: [] } }, undefined];
		const lines = odd.map((waiting, index) =>
			JSON.stringify({ v: 1, is: 'waiting', ...entry(`job${index}`, { waiting }) }),
		);
		writeFileSync(file(), lines.join('\n'));
		expect([...(await onDisk()).values()].map(({ waiting }) => waiting)).toEqual(
			odd.map(() => ({})),
		);
	});

	it('takes over what was left, but no torn line and nothing whose node stayed away', async () => {
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
		writeFileSync(file(), `${lines.join('\n')}\nnull\n{"v":1,"is":"subm`);
		const { journal } = open();
		const old = entry('old', { at: days(29) });
		expect(journal.live('n')).toEqual([old, entry('a', { requestId: 'r' })]);
		await journal.submitting(entry('c'));
		expect([...(await onDisk()).keys()]).toEqual(['old', 'a', 'c']);
	});

	it('leaves to a later version of the package what that has written', async () => {
		const later = [
			{ v: 2, is: 'submitting', ...entry('x'), more: true },
			{ v: 2, is: 'something new', job: 'x' },
		].map((line) => JSON.stringify(line));
		writeFileSync(file(), `${later.join('\n')}\n`);
		const { journal } = open();
		expect(journal.live('n')).toEqual([]);
		for (let n = 0; n < 100; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			journal.ended(`job${n}`);
		}
		expect(readFileSync(file(), 'utf8').split('\n').slice(0, 2)).toEqual(later);
	});

	it('keeps what there is of messages until what is live is very large', () => {
		const { journal } = open();
		const text = 'x'.repeat(1_000_000);
		const large = (job: string) => entry(job, { msg: { _msgid: job, text } });
		for (let n = 0; n < 60; n += 1) void journal.submitting(large(`stays${n}`));
		for (let n = 0; n < 20; n += 1) {
			void journal.submitting(large(`job${n}`));
			expectNamed(journal.live('n').at(-1)?.msg, `${n}`).toHaveProperty('text');
			journal.ended(`job${n}`);
		}
		for (let n = 0; n < 10; n += 1) void journal.submitting(large(`more${n}`));
		expect(journal.live('n').at(-1)?.msg).toEqual({ _msgid: 'more9' });
		// Still one of which nothing was submitted.
		journal.waiting({ ...large('waits'), waiting: { input: { json: '{}', again: [] } } }, true);
		expect(journal.live('n').at(-1)).toEqual(entry('waits', { waiting: {} }));
		for (const { job } of journal.live('n')) journal.ended(job);
	});

	it('stays small, however many runs there were', async () => {
		const { journal } = open();
		const waits = entry('waits', { waiting: {} });
		journal.waiting(waits, true);
		for (let n = 0; n < 300; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			if (n > 0) journal.ended(`job${n}`);
		}
		const live = await onDisk();
		expect(statSync(file()).size).toBeLessThan(70 * 1024);
		expect([...live.keys()]).toEqual(['waits', 'job0']);
		expect(live.get('waits')).toEqual(waits);
	});

	it('is not written anew with every line where it is large, and in a script of many bytes', async () => {
		const { journal } = open();
		const text = '漢'.repeat(1_000_000);
		for (let n = 0; n < 10; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { _msgid: `job${n}`, text } }));
		}
		const rewriting = jest.spyOn(fs, 'renameSync');
		for (let n = 0; n < 5; n += 1) await journal.submitting(entry(`more${n}`));
		expect(rewriting).not.toHaveBeenCalled();
		for (const { job } of journal.live('n')) journal.ended(job);
	});

	it('is for its user only, and there is one in a process', () => {
		const { journal } = open();
		expect(statSync(file()).mode & 0o077).toBe(0);
		expect(open().journal).toBe(journal);
	});

	it('is absent without a user directory', () => {
		expect(openJournal(undefined, () => undefined)).toBeUndefined();
	});

	it('that was deleted is there again', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('a'));
		rmSync(file());
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['a']);
		expect(warnings).toEqual([]);
	});
});

describe('a burst of messages', () => {
	it('is written in one piece, and made durable by one fsync', async () => {
		const { journal } = open();
		const writing = jest.spyOn(fs, 'writeSync');
		const syncing = jest.spyOn(fs, 'fsync');
		const blocking = jest.spyOn(fs, 'fsyncSync');
		const jobs = Array.from({ length: 2_000 }, (_, n) => `job${n}`);
		await Promise.all(
			jobs.map((job) => {
				journal.waiting(entry(job, { waiting: {} }), true);
				return journal.submitting(entry(job));
			}),
		);
		expect((await onDisk()).size).toBe(2_000);
		const counts = [writing, syncing, blocking].map(({ mock }) => mock.calls.length);
		expect(counts).toEqual([1, 1, 0]);
	});

	it('leaves nothing on disk of what ended in the same turn', async () => {
		const { journal } = open();
		const writing = jest.spyOn(fs, 'writeSync');
		journal.waiting(entry('refused', { waiting: {} }), true);
		journal.ended('refused');
		await turns(3);
		expect(writing).not.toHaveBeenCalled();
		expect(readFileSync(file(), 'utf8')).toBe('');
	});
});

describe('what a power failure would leave', () => {
	const { fsync, fsyncSync, renameSync: rename } = fs;

	it('is every line once the submit may go out, but of what waits for a moment only', async () => {
		let durable = '';
		const note = () => {
			durable = existsSync(file()) ? readFileSync(file(), 'utf8') : '';
		};
		jest.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
			fsyncSync(fd);
			note();
		});
		const syncing = jest.spyOn(fs, 'fsync').mockImplementation((fd, callback) =>
			fsync(fd, (error) => {
				note();
				callback(error);
			}),
		);
		const { journal } = open();
		const calls = [
			() => journal.waiting(entry('a', { waiting: {} }), true),
			() => journal.submitting(entry('a')),
			() => journal.accepted('a', 'r1', NOW),
			() => journal.ended('a'),
		];
		for (const call of calls) {
			await call();
			await eventually(() => durable).toBe(await text());
		}
		expect(syncing).toHaveBeenCalledTimes(calls.length);
		journal.waiting(entry('b', { waiting: {} }), false);
		expect(await text()).not.toBe(durable);
		await turns(20);
		expect(syncing).toHaveBeenCalledTimes(calls.length);
	});

	it('is the line of a submit before the submit', async () => {
		const { journal } = open();
		let onMedium = false;
		jest.spyOn(fs, 'fsync').mockImplementation((fd, callback) =>
			setTimeout(() => {
				fsyncSync(fd);
				onMedium = true;
				callback(null);
			}, 20),
		);
		await journal.submitting(entry('a'));
		expect(onMedium).toBe(true);
	});

	itWhere(process.platform !== 'win32', 'a directory cannot be made durable on Windows')(
		'is a file written anew, and its name',
		() => {
			const steps: string[] = [];
			jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
				rename(from, to);
				steps.push('renamed');
			});
			jest.spyOn(fs, 'fsyncSync').mockImplementation((fd) => {
				fsyncSync(fd);
				steps.push(fs.fstatSync(fd).isDirectory() ? 'directory' : 'file');
			});
			open();
			expect(steps).toEqual(['file', 'renamed', 'directory']);
		},
	);
});
