// The journal and its disk: when lines are on the medium, what happens if it is full or read-only, and what a process
// leaves behind when it ends.
import type * as Fs from 'node:fs';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/lines.cts';
import { eventually } from '../../../support/expect.mts';
import { itWhere } from '../../../support/itWhere.mts';
import { dist } from '../../support/dist.mts';
import { entry, fs, line, NOW, useJournal } from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { unprotectedBecause, protectionChanged } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.cjs',
);
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.cjs');

const { file, onDisk, open, text } = useJournal();

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

	/** Lets so many bytes of the next line through, and nothing after that. */
	function fill(bytes: number) {
		let left = bytes;
		return jest.spyOn(fs, 'writeSync').mockImplementation(((
			fd: number,
			line: Buffer,
			at: number,
		) => {
			if (left === 0) throw NO_SPACE;
			const part = line.subarray(at, at + left);
			left -= part.length;
			return Number(write(fd, part));
		}) as typeof Fs.writeSync);
	}

	it('leaves a journal that knows the truth again soon after there is room', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('a'));
		journal.accepted('a', 'r1', NOW);
		await journal.submitting(entry('b'));
		const full = fill(20);
		journal.ended('a');
		journal.accepted('b', 'r2', NOW);
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
		if (process.platform === 'linux') expect(openFiles()).toBe(before);
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
			// It happens in the turn in which the process ends.
			journal.waiting(entry('b', { waiting: {} }), false);
			if (isStuck) {
				jest.spyOn(fs, 'rmSync').mockImplementation(() => {
					throw new Error('EACCES');
				});
			}
			process.emit('exit', 0);
			expect([...readLines(readFileSync(file(), 'utf8')).runs.keys()]).toEqual(['a', 'b']);
			expect(existsSync(`${file()}.lock`)).toBe(isStuck);
		},
	);

	it('leaves the lock of another one alone', () => {
		writeFileSync(`${file()}.lock`, '7 elsewhere x');
		open();
		process.emit('exit', 0);
		expect(existsSync(`${file()}.lock`)).toBe(true);
	});
});
