// The journal on disk: unfinished runs, which a restart must neither lose nor repeat, when lines are synced, full and
// read-only disks, and the file that an ending process leaves.
import type * as Fs from 'node:fs';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import type * as LinesModule from '../../../../node-red/runtime/journal/lines.ts';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.ts';
import { eventually, itWhere } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { accept, entry, fs, line, NOW, useJournal } from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { openJournal, protectionChanged, unprotectedBecause } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.js',
);
const { TOUCH_MS } = dist<typeof LockModule>('node-red/runtime/journal/lock.js');
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.js');

const { file, onDisk, open, text } = useJournal();

const DAY = 24 * 3600 * 1000;

describe('the journal', () => {
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

	it('gives up what is old and whose node stays away, and logs its id', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const days = (count: number) => NOW - count * 24 * 3600 * 1000;
		const lines = [
			line('abandoned', { at: days(31), nodeId: 'gone', requestId: 'r1' }),
			line('young', { at: days(30), nodeId: 'gone', requestId: 'r2' }),
			line('claimed', { at: days(31), requestId: 'r3' }),
		];
		writeFileSync(file(), `${lines.join('\n')}\n`);
		const { journal, warnings } = open();
		journal.live('n');
		clock.mockReturnValue(601_000);
		journal.check();
		expect(warnings).toEqual([]);
		clock.mockReturnValue(602_000);
		journal.check();
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['young', 'claimed']);
		expect(warnings).toEqual([expect.stringMatching(/30 days: r1 \(node gone\)$/)]);
	});

	it('gives up in a running process, too, what no node has asked for, and what its node has left', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		writeFileSync(file(), `${line('missing', { at: NOW, nodeId: 'gone', requestId: 'r1' })}\n`);
		const { journal, warnings, setNow } = open();
		const waits = { ...entry('waits', { waiting: { unread: true } }), msg: { topic: 't' } };
		journal.waiting(waits, true);
		const onGivenUp = jest.fn();
		journal.leave('waits', onGivenUp);
		journal.waiting(entry('back', { waiting: {}, nodeId: 'back' }), true);
		journal.leave('back', onGivenUp);
		journal.live('back');
		clock.mockReturnValue(602_000);
		setNow(NOW + 30 * DAY);
		journal.check();
		expect(warnings).toEqual([]);
		setNow(NOW + 30 * DAY + 1);
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['back']);
		expect(onGivenUp).toHaveBeenCalledTimes(1);
		expect(warnings).toEqual([
			expect.stringMatching(
				/nodes n have been gone.*1 message was dropped.*topic "t": 1.*r1 \(node gone\)$/,
			),
		]);
	});

	it('stays small, however many runs there were', async () => {
		const { journal } = open();
		const waits = entry('waits', { waiting: {} });
		journal.waiting(waits, true);
		for (let n = 0; n < 120; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			if (n > 0) journal.ended(`job${n}`);
		}
		const live = await onDisk();
		expect(statSync(file()).size).toBeLessThan(70 * 1024);
		expect([...live.keys()]).toEqual(['waits', 'job0']);
		expect(live.get('waits')).toEqual(waits);
	});

	it('is not written again with every line where it is large, and in a script of many bytes', async () => {
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

	it('is in memory without a user directory', async () => {
		const journalOf = (userDir: unknown) => openJournal({ settings: { userDir } } as never);
		const journal = journalOf(undefined);
		await journal.submitting(entry('a'));
		expect([journalOf(''), journalOf(7)]).toEqual([journal, journal]);
		expect([journal.live('n'), journal.isKept()]).toEqual([[entry('a')], false]);
		journal.ended('a');
	});

	it('is looked after every few seconds, for which the process does not stay', async () => {
		const unref = jest.fn();
		const every = jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as never);
		const { journal } = open();
		await journal.submitting(entry('a'));
		const [look, ms] = every.mock.calls[0] ?? [];
		expect([ms, unref.mock.calls.length]).toEqual([TOUCH_MS, 1]);
		rmSync(file());
		look?.();
		expect([...(await onDisk()).keys()]).toEqual(['a']);
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
			() => accept(journal, 'a', 'r1'),
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

	itWhere(process.platform !== 'win32', 'a directory cannot be made durable on Windows')(
		'is a file written again, and its name',
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

const NO_SPACE = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });

describe('a disk that is full for a while', () => {
	const write = fs.writeSync.bind(fs);

	/** Lets this many bytes of the next line through, and nothing after that. */
	function fill(bytes: number) {
		let left = bytes;
		return jest.spyOn(fs, 'writeSync').mockImplementation(((
			...[fd, line, at = 0, , start]: [number, Buffer, number?, number?, number?]
		) => {
			if (left === 0) throw NO_SPACE;
			const part = line.subarray(at, at + left);
			left -= part.length;
			return write(fd, part, 0, part.length, start);
		}) as typeof Fs.writeSync);
	}

	it('leaves a journal that knows the truth again soon after there is room', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('a'));
		accept(journal, 'a', 'r1');
		await journal.submitting(entry('b'));
		const full = fill(20);
		journal.ended('a');
		accept(journal, 'b', 'r2');
		await journal.submitting(entry('c'));
		expect(warnings).toEqual([expect.stringMatching(/not outlive a restart.*ENOSPC/)]);
		expect([journal.isKept(), unprotectedBecause()]).toEqual([
			false,
			expect.stringContaining('ENOSPC'),
		]);
		journal.check();
		expect(warnings).toHaveLength(1);
		full.mockRestore();
		journal.check();
		expect([journal.isKept(), unprotectedBecause()]).toEqual([true, undefined]);
		await journal.submitting(entry('d'));
		expect([...(await onDisk()).values()]).toEqual([
			entry('b', { requestId: 'r2' }),
			entry('c'),
			entry('d'),
		]);
		journal.ended('d');
		expect([...(await onDisk()).keys()]).toEqual(['b', 'c']);
		expect(warnings).toEqual([
			expect.anything(),
			expect.stringMatching(/outlive a restart.*again/),
		]);
	});

	it('at the start: what is there is resumed, and what is new is written as soon as there is room', async () => {
		const left = line('left', { requestId: 'r' });
		const done = line('done', { requestId: 'r2' });
		writeFileSync(file(), `${left}\n${done}\n`);
		const full = fill(0);
		const { journal, warnings } = open();
		expect(journal.live('n').map(({ job }) => job)).toEqual(['left', 'done']);
		expect(warnings).toEqual([expect.stringContaining('ENOSPC')]);
		const takenOver = jest.fn();
		journal.onTakenOver(takenOver);
		journal.ended('done');
		await journal.submitting(entry('new'));
		journal.check();
		full.mockRestore();
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['left', 'new']);
		expect(takenOver).not.toHaveBeenCalled();
	});

	it('does not keep descriptors open', async () => {
		const { journal } = open();
		const openFiles = () => fs.readdirSync('/proc/self/fd').length;
		const before = process.platform === 'linux' ? openFiles() : 0;
		const full = fill(0);
		for (let n = 0; n < 20; n += 1) {
			await journal.submitting(entry(`job${n}`));
			journal.check();
		}
		full.mockRestore();
		journal.ended('job0');
		journal.check();
		if (process.platform === 'linux') expect(openFiles()).toBeLessThanOrEqual(before);
		expect((await onDisk()).size).toBe(19);
	});
});

describe('a user directory that does not let anything be written', () => {
	it('is read all the same, told of once, and seen by whoever looks on', () => {
		const left = line('left', { requestId: 'r' });
		writeFileSync(file(), `${left}\n`);
		const changed = jest.fn();
		const stop = protectionChanged().add(changed);
		let tries = 0;
		const locking = jest.spyOn(fs, 'writeFileSync').mockImplementation(() => {
			tries += 1;
			const text = `EROFS: read-only file system, open '${file()}.lock.${tries}'`;
			throw Object.assign(new Error(text), { code: 'EROFS', syscall: 'open' });
		});
		const { journal, warnings } = open();
		expect(journal.live('n').map(({ job }) => job)).toEqual(['left']);
		expect(unprotectedBecause()).toContain(`EROFS: read-only file system (${file()}).`);
		journal.check();
		expect([warnings.length, changed.mock.calls.length]).toEqual([1, 1]);
		locking.mockRestore();
		journal.check();
		expect([unprotectedBecause(), changed.mock.calls.length]).toEqual([undefined, 2]);
		stop();
	});
});

describe('a journal that cannot be read', () => {
	it('is left as it is until it can be', async () => {
		const left = `${line('left')}\n`;
		writeFileSync(file(), left);
		const read = fs.readFileSync.bind(fs);
		const reading = jest.spyOn(fs, 'readFileSync').mockImplementation(((path, how) => {
			if (path !== file()) return read(path, how);
			throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
		}) as typeof Fs.readFileSync);
		const { journal, warnings } = open();
		journal.check();
		reading.mockRestore();
		expect(warnings).toEqual([expect.stringContaining('EACCES')]);
		expect([journal.isKept(), readFileSync(file(), 'utf8')]).toEqual([false, left]);
		journal.check();
		expect([journal.isKept(), [...(await onDisk()).keys()]]).toEqual([true, ['left']]);
	});
});

describe('a process that ends', () => {
	it.each([false, true])(
		'leaves the lines of its journal, and gives up the lock (which is stuck: %s)',
		async (isStuck) => {
			const { journal } = open();
			expect(process.listenerCount('exit')).toBe(1);
			await journal.submitting(entry('a'));
			// In the same turn in which the process ends.
			journal.waiting(entry('b', { waiting: {} }), false);
			if (isStuck) {
				jest.spyOn(fs, 'rmSync').mockImplementation(() => {
					throw new Error('EACCES');
				});
			}
			process.emit('exit', 0);
			expect([...readLines(readFileSync(file(), 'utf8')).keys()]).toEqual(['a', 'b']);
			expect(existsSync(`${file()}.lock`)).toBe(isStuck);
		},
	);
});
