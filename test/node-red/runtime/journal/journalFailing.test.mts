// Journals that cannot be written.
import type * as Fs from 'node:fs';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as ProtectionModule from '../../../../node-red/runtime/journal/protection.cts';
import { dist } from '../../support/dist.mts';
import { entry, fs, NOW, useJournal } from '../../support/journalDirectory.mts';

const { unprotectedBecause, onProtectionChanged } = dist<typeof ProtectionModule>(
	'node-red/runtime/journal/protection.cjs',
);

const { file, onDisk, open } = useJournal();

const NO_SPACE = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });

describe('a disk that is full for a while', () => {
	const write = fs.writeSync.bind(fs);

	/** Lets so many bytes of the next line through, and nothing of what comes after that. */
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
		const left = { v: 1, is: 'submitting', ...entry('left', { requestId: 'r' }) };
		const done = { v: 1, is: 'submitting', ...entry('done', { requestId: 'r2' }) };
		writeFileSync(file(), `${JSON.stringify(left)}\n${JSON.stringify(done)}\n`);
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
		const left = { v: 1, is: 'submitting', ...entry('left', { requestId: 'r' }) };
		writeFileSync(file(), `${JSON.stringify(left)}\n`);
		const changed = jest.fn();
		const stop = onProtectionChanged(changed);
		const readOnly = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
		const locking = jest.spyOn(fs, 'writeFileSync').mockImplementation(() => {
			throw readOnly;
		});
		const { journal, warnings } = open();
		expect(journal.live('n').map(({ job }) => job)).toEqual(['left']);
		expect(unprotectedBecause()).toContain('EROFS');
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
		const left = `${JSON.stringify({ v: 1, is: 'submitting', ...entry('left') })}\n`;
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
