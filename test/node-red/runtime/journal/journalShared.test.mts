// A journal that another process has, or has had.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, jest } from '@jest/globals';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import type * as ProtectionModule from '../../../../node-red/runtime/journal/protection.cts';
import { itWhere } from '../../../support/itWhere.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';
import { entry, NOW, useJournal } from '../../support/journalDirectory.mts';

const { TOUCH_MS } = dist<typeof LockModule>('node-red/runtime/journal/lock.cjs');
const { unprotectedBecause } = dist<typeof ProtectionModule>(
	'node-red/runtime/journal/protection.cjs',
);

const { file, onDisk, open, text } = useJournal();

describe('a journal that another process has', () => {
	const held = () => {
		// The parent lives, and started when it did.
		const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
		const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
		writeFileSync(`${file()}.lock`, `${process.ppid} ${start}`);
	};
	const onLinux = itWhere(
		process.platform === 'linux',
		'only Linux tells in /proc when a process started',
	);

	onLinux('is left alone; when that one has gone, both its runs and ours are kept', async () => {
		held();
		const theirs = { v: 1, is: 'submitting', ...entry('theirs', { requestId: 'r' }) };
		writeFileSync(file(), `${JSON.stringify(theirs)}\n`);
		const { journal, warnings } = open();
		expect(journal.live('n')).toEqual([]);
		expect(unprotectedBecause()).toContain('another process uses');
		journal.waiting(entry('waits', { waiting: {} }), true);
		await journal.submitting(entry('ours'));
		journal.accepted('ours', 'r2', NOW);
		await journal.submitting(entry('done'));
		journal.ended('done');
		expect([...(await onDisk()).keys()]).toEqual(['theirs']);
		const [takenOver, notAnyMore] = [jest.fn(), jest.fn()];
		journal.onTakenOver(takenOver);
		journal.onTakenOver(notAnyMore)();
		journal.check();
		expect(takenOver).not.toHaveBeenCalled();
		rmSync(`${file()}.lock`);
		journal.check();
		expect([takenOver, notAnyMore].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
		expect(journal.live('n').map(({ job }) => job)).toEqual(['waits', 'ours', 'theirs']);
		expect([...(await onDisk()).values()]).toEqual([
			entry('waits', { waiting: {} }),
			entry('ours', { requestId: 'r2' }),
			entry('theirs', { requestId: 'r' }),
		]);
		expect([warnings.length, unprotectedBecause()]).toEqual([2, undefined]);
	});

	onLinux('because it took it over from us is not written any more', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('ours'));
		const old = readFileSync(file(), 'utf8');
		held();
		writeFileSync(file(), '');
		const takenOver = jest.fn();
		journal.onTakenOver(takenOver);
		journal.check();
		expect(journal.isKept()).toBe(false);
		journal.accepted('ours', 'r', NOW);
		await journal.submitting(entry('more'));
		await turns(3);
		expect(readFileSync(file(), 'utf8')).toBe('');
		expect(warnings).toEqual([expect.stringContaining('another process uses')]);
		// It took over what was ours, of which it knows less than we do.
		writeFileSync(file(), old);
		rmSync(`${file()}.lock`);
		journal.check();
		expect([...(await onDisk()).values()]).toEqual([
			entry('ours', { requestId: 'r' }),
			entry('more'),
		]);
		expect(takenOver).not.toHaveBeenCalled();
	});

	onLinux('is looked after before the first line that comes after a long pause', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const { journal } = open();
		await journal.submitting(entry('a'));
		const before = await text();
		held();
		clock.mockReturnValue(1_000 + 3 * TOUCH_MS + 1);
		journal.ended('a');
		expect([await text(), journal.isKept()]).toEqual([before, false]);
	});

	onLinux('is not looked after with each line', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const { journal } = open();
		await journal.submitting(entry('a'));
		held();
		clock.mockReturnValue(1_000 + 3 * TOUCH_MS);
		journal.ended('a');
		expect([[...(await onDisk()).keys()], journal.isKept()]).toEqual([[], true]);
	});

	onLinux('may have submitted what waited here: it is not submitted by both', async () => {
		const { journal } = open();
		for (const job of ['left', 'taken']) journal.waiting(entry(job, { waiting: {} }), true);
		const left = (await text()).split('\n')[0];
		held();
		journal.check();
		for (const job of ['left', 'taken']) {
			await expect(journal.submitting(entry(job))).rejects.toMatchObject({
				...{ code: 'aborted', deploymentId: 'd' },
			});
		}
		await journal.submitting(entry('new'));
		writeFileSync(file(), `${left}\n`);
		rmSync(`${file()}.lock`);
		journal.check();
		await journal.submitting(entry('left'));
		await expect(journal.submitting(entry('taken'))).rejects.toMatchObject({ code: 'aborted' });
	});

	onLinux('and that has submitted what waited here: that is not submitted again', async () => {
		const { journal } = open();
		journal.waiting(entry('taken', { waiting: {} }), true);
		await journal.submitting(entry('sent'));
		held();
		journal.check();
		// Of this one it cannot have known that it waited.
		await journal.submitting(entry('sent'));
		const theirs = { v: 1, is: 'submitting', ...entry('taken') };
		writeFileSync(file(), `${JSON.stringify(theirs)}\n`);
		rmSync(`${file()}.lock`);
		journal.check();
		await expect(journal.submitting(entry('taken'))).rejects.toMatchObject({ code: 'aborted' });
	});
});
