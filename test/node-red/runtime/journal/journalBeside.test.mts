// A journal that another process has, or had: runs are kept beside it.
import { randomUUID } from 'node:crypto';
import type * as Fs from 'node:fs';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, jest } from '@jest/globals';
import type * as LinesModule from '../../../../node-red/runtime/journal/entries.cts';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import type * as ProtectionModule from '../../../../node-red/runtime/journal/protection.cts';
import { itWhere } from '../../../support/itWhere.mts';
import { dist } from '../../support/dist.mts';
import { entry, fs, line, NOW, useJournal } from '../../support/journalDirectory.mts';

const { unprotectedBecause } = dist<typeof ProtectionModule>(
	'node-red/runtime/journal/protection.cjs',
);
const { JOURNAL_FILE } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/entries.cjs');
const { HERE, startOf, TOUCH_MS, GONE_HERE_MS } = dist<typeof LockModule>(
	'node-red/runtime/journal/lock.cjs',
);

const { file, onDisk, open, text } = useJournal();

const names = () => readdirSync(dirname(file())).sort();

/** What stands in the files beside the journal, once the lines of this turn are written. */
const beside = async () => {
	await text().catch(() => '');
	const sides = names().filter((name) => name !== JOURNAL_FILE && name.endsWith('.jsonl'));
	return readLines(sides.map((name) => readFileSync(join(dirname(file()), name), 'utf8')).join(''));
};

/** Makes a lock that of the parent, which lives, and started when it did. */
const held = (path = file()) =>
	writeFileSync(`${path}.lock`, `${process.ppid} ${startOf(process.ppid)}`);

describe('a journal that another process has', () => {
	const onLinux = itWhere(
		process.platform === 'linux',
		'only Linux tells in /proc when a process started',
	);

	onLinux('is left alone; when that one has gone, both its runs and ours are kept', async () => {
		held();
		const theirs = line('theirs', { requestId: 'r' });
		writeFileSync(file(), `${theirs}\n`);
		const { journal, warnings } = open();
		expect(journal.live('n')).toEqual([]);
		expect([journal.isKept(), unprotectedBecause(), warnings]).toEqual([
			...[true, undefined],
			[expect.stringContaining('another process uses')],
		]);
		journal.waiting(entry('waits', { waiting: {} }), true);
		await journal.submitting(entry('ours'));
		journal.accepted('ours', 'r2', NOW);
		await journal.submitting(entry('done'));
		journal.ended('done');
		expect([...(await onDisk()).keys()]).toEqual(['theirs']);
		expect([...(await beside()).values()]).toEqual([
			entry('waits', { waiting: {} }),
			entry('ours', { requestId: 'r2' }),
		]);
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
		expect(warnings.slice(1)).toEqual([expect.stringContaining('The other process has ended')]);
		expect(names()).toEqual([JOURNAL_FILE, `${JOURNAL_FILE}.lock`]);
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
		journal.accepted('ours', 'r', NOW);
		await journal.submitting(entry('more'));
		await journal.submitting(entry('done'));
		expect(await text()).toBe('');
		// What the other one has is not ours to leave to a third.
		expect([...(await beside()).keys()]).toEqual(['more', 'done']);
		journal.ended('done');
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
		expect([await text(), [...(await beside()).keys()]]).toEqual([before, []]);
		rmSync(`${file()}.lock`);
		journal.check();
		expect(journal.live('n')).toEqual([]);
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
				code: 'aborted',
				deploymentId: 'd',
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
		const theirs = line('taken');
		writeFileSync(file(), `${theirs}\n`);
		rmSync(`${file()}.lock`);
		journal.check();
		await expect(journal.submitting(entry('taken'))).rejects.toMatchObject({ code: 'aborted' });
	});

	onLinux(
		'and that takes it during a slow write: what waited is submitted by one of both',
		async () => {
			const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
			const { journal } = open();
			journal.waiting(entry('taken', { waiting: {} }), true);
			await text();
			jest.spyOn(fs, 'fsync').mockImplementation(((_fd: number, done: Fs.NoParamCallback) => {
				held();
				clock.mockReturnValue(1_000 + 3 * TOUCH_MS + 1);
				done(null);
			}) as typeof Fs.fsync);
			await expect(journal.submitting(entry('taken'))).rejects.toMatchObject({ code: 'aborted' });
		},
	);
});

describe('a journal whose process was killed, as far as another container sees', () => {
	const killed = (path = file()) => {
		const boot = HERE.split('/')[0] ?? '';
		writeFileSync(`${path}.lock`, `1 4711 ${boot}/pid:[1] x`);
	};
	const lineOf = (job: string) => `${line(job, { requestId: job })}\n`;
	const side = () => file().replace('.jsonl', `.${randomUUID()}.jsonl`);
	const onLinux = itWhere(process.platform === 'linux', 'only Linux tells which start it is');

	onLinux('keeps runs from the first moment, and says nothing that is not known', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		killed();
		writeFileSync(file(), lineOf('theirs'));
		const { journal, warnings } = open();
		await journal.submitting(entry('ours'));
		journal.accepted('ours', 'r', NOW);
		expect([...(await beside()).values()]).toEqual([entry('ours', { requestId: 'r' })]);
		clock.mockReturnValue(1_000 + GONE_HERE_MS);
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['ours', 'theirs']);
		expect([warnings, names()]).toEqual([[], [JOURNAL_FILE, `${JOURNAL_FILE}.lock`]]);
	});

	onLinux('twice in a row: what both have left is there as soon as the first is gone', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const second = side();
		for (const path of [file(), second]) {
			killed(path);
			writeFileSync(path, lineOf(path === second ? 'second' : 'first'));
		}
		const { journal } = open();
		const takenOver = jest.fn();
		journal.onTakenOver(takenOver);
		clock.mockReturnValue(1_000 + GONE_HERE_MS - 1);
		journal.check();
		expect(journal.live('n')).toEqual([]);
		clock.mockReturnValue(1_000 + GONE_HERE_MS);
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['first', 'second']);
		expect([takenOver.mock.calls.length, names()]).toEqual([
			1,
			[JOURNAL_FILE, `${JOURNAL_FILE}.lock`],
		]);
	});

	onLinux(
		'leaves what is beside it to a process that lives; of one that ended, it is taken over',
		async () => {
			const [theirs, left] = [side(), side()];
			writeFileSync(theirs, lineOf('theirs'));
			held(theirs);
			writeFileSync(left, lineOf('left'));
			const { journal } = open();
			expect(journal.live('n').map(({ job }) => job)).toEqual(['left']);
			rmSync(`${theirs}.lock`);
			journal.check();
			expect([...(await onDisk()).keys()]).toEqual(['left', 'theirs']);
			journal.ended('left');
			expect([...(await onDisk()).keys()]).toEqual(['theirs']);
		},
	);

	onLinux('beside which our runs are taken over, too, after a pause of this process', async () => {
		held();
		const { journal } = open();
		journal.waiting(entry('waits', { waiting: {} }), true);
		await journal.submitting(entry('ours'));
		const before = names().find((name) => /^runcomfy-jobs\.[^.]{36}\.jsonl$/.test(name)) ?? '';
		for (const name of [before, `${before}.lock`]) rmSync(join(file(), '..', name));
		journal.check();
		await expect(journal.submitting(entry('waits'))).rejects.toMatchObject({ code: 'aborted' });
		await journal.submitting(entry('new'));
		expect([...(await beside()).keys()]).toEqual(['new']);
		expect(names()).not.toContain(before);
	});
});
