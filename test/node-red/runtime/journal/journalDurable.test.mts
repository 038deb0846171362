// When the lines of a journal are on the medium, and in how many pieces.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../support/expect.mts';
import { itWhere } from '../../../support/itWhere.mts';
import { turns } from '../../support/flow.mts';
import { entry, fs, NOW, useJournal } from '../../support/journalDirectory.mts';

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
