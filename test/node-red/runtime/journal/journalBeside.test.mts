// Only one process at a time writes the journal of a user directory: its lock, and a journal that another process owns,
// owned, or takes over.
import { execFileSync } from 'node:child_process';
import type * as Fs from 'node:fs';
import {
	appendFileSync,
	existsSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.ts';
import { itWhere } from '../../../support/expect.mts';
import { dist, root } from '../../support/dist.mts';
import { accept, entry, failing, fs, line, useJournal } from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { JOURNAL_FILE, unprotectedBecause } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.js',
);
const { GONE_MS, HERE, Lock } = dist<typeof LockModule>('node-red/runtime/journal/lock.js');

const { file, onDisk, open, text } = useJournal();
const lockFile = () => `${file()}.lock`;

const ELSEWHERE = '1 another-kernel/pid:[1] x';

const IN_USE = expect.stringContaining('another process uses');
const AGAIN = expect.stringContaining('outlive a restart of Node-RED again');

/** A lock of a process elsewhere, which touches it when told to. */
function held() {
	writeFileSync(lockFile(), ELSEWHERE);
	let touches = 0;
	return {
		touch: () => utimesSync(lockFile(), (touches += 1), touches),
		leave: () => rmSync(lockFile()),
	};
}

/** A journal whose file belongs to another process that has shown to be alive. */
function openBeside() {
	const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
	const owner = held();
	const opened = open();
	owner.touch();
	opened.journal.check();
	return { ...opened, owner, clock };
}

/** Replaces the journal with a new file. */
function rewrite(contents: string) {
	writeFileSync(`${file()}.theirs`, contents);
	renameSync(`${file()}.theirs`, file());
}

/** Whether a promise has resolved after some turns. */
async function hasCome(work: Promise<unknown>): Promise<boolean> {
	let come = false;
	void work.then(() => (come = true));
	await turns(5);
	return come;
}

describe('a journal that another process has', () => {
	it('is left alone: what comes here is in memory only, and everybody can see that', async () => {
		writeFileSync(file(), `${line('theirs', { requestId: 'r' })}\n`);
		const { journal, warnings, owner } = openBeside();
		expect([journal.live('n'), journal.isKept(), warnings]).toEqual([[], false, [IN_USE]]);
		expect(unprotectedBecause()).toEqual(IN_USE);
		journal.waiting(entry('waits', { waiting: {} }), true);
		await journal.submitting(entry('ours'));
		accept(journal, 'ours', 'r2');
		await journal.submitting(entry('done'));
		journal.ended('done');
		expect([...(await onDisk()).keys()]).toEqual(['theirs']);
		owner.touch();
		journal.check();
		expect(warnings).toEqual([IN_USE, expect.stringMatching(/ids: r2 \(node n\)$/)]);
	});

	it('is taken over when that one has gone, with its runs and ours', async () => {
		writeFileSync(file(), `${line('theirs', { requestId: 'r' })}\n`);
		const { journal, warnings, owner } = openBeside();
		journal.waiting(entry('waits', { waiting: {} }), true);
		await journal.submitting(entry('ours'));
		const [takenOver, notAnyMore] = [jest.fn(), jest.fn()];
		journal.onTakenOver(takenOver);
		journal.onTakenOver(notAnyMore)();
		owner.leave();
		journal.check();
		expect([takenOver, notAnyMore].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
		const all = ['waits', 'ours', 'theirs'];
		expect(journal.live('n').map(({ job }) => job)).toEqual(all);
		expect([...(await onDisk()).keys()]).toEqual(all);
		expect([warnings, unprotectedBecause()]).toEqual([[IN_USE, AGAIN], undefined]);
		expect(readdirSync(dirname(file())).sort()).toEqual([JOURNAL_FILE, `${JOURNAL_FILE}.lock`]);
	});
});

describe('a journal whose owner may have been killed', () => {
	it('has no submit go out before that is known; then its runs and ours are kept', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		held();
		writeFileSync(file(), `${line('theirs', { requestId: 'r' })}\n`);
		const { journal, warnings } = open();
		const submit = journal.submitting(entry('ours'));
		clock.mockReturnValue(1_000 + GONE_MS - 1);
		journal.check();
		expect([await hasCome(submit), journal.live('n')]).toEqual([false, []]);
		clock.mockReturnValue(1_000 + GONE_MS);
		journal.check();
		await submit;
		expect([...(await onDisk()).keys()]).toEqual(['theirs', 'ours']);
		expect(warnings).toEqual([]);
	});

	it('lets submits go out, unprotected, once its owner is seen to live', async () => {
		jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const owner = held();
		const { journal, warnings } = open();
		const submit = journal.submitting(entry('ours'));
		journal.check();
		expect(await hasCome(submit)).toBe(false);
		owner.touch();
		journal.check();
		await submit;
		expect([journal.isKept(), warnings]).toEqual([false, [IN_USE]]);
	});
});

describe('a journal that another process takes during a pause of ours', () => {
	it('is not written any more; what was accepted is delivered by that process, or by ours when that one is gone', async () => {
		const { journal, warnings } = open();
		for (const job of ['left', 'ends']) {
			await journal.submitting(entry(job));
			accept(journal, job, `r-${job}`);
		}
		await journal.submitting(entry('on its way'));
		const [theirs = ''] = (await text()).match(/^.*"left".*"accepted".*$/m) ?? [];
		const owner = held();
		writeFileSync(file(), '');
		const takenOver = jest.fn();
		journal.onTakenOver(takenOver);
		for (const job of ['left', 'ends']) {
			expect(() => journal.delivering(job)).toThrow(
				expect.objectContaining({ code: 'aborted', requestId: `r-${job}` }),
			);
		}
		// Only this process gets the answer to its submit.
		journal.delivering('on its way');
		journal.ended('ends');
		journal.check();
		owner.touch();
		journal.check();
		await journal.submitting(entry('more'));
		journal.delivering('more');
		expect([await text(), warnings]).toEqual(['', [IN_USE]]);
		writeFileSync(file(), `${theirs}\n`);
		owner.leave();
		journal.check();
		expect([...(await onDisk()).keys()].sort()).toEqual(['left', 'more', 'on its way']);
		expect(takenOver).toHaveBeenCalledTimes(1);
		journal.delivering('left');
	});

	it('may have submitted what waited here: it is not submitted by both', async () => {
		const { journal } = open();
		for (const job of ['left', 'taken']) journal.waiting(entry(job, { waiting: {} }), true);
		const [left] = (await text()).split('\n');
		const owner = held();
		journal.check();
		owner.touch();
		journal.check();
		await expect(journal.submitting(entry('taken'))).rejects.toMatchObject({
			code: 'aborted',
			deploymentId: 'd',
		});
		// Stopping flows do this. It must not replace the other process's line.
		journal.waiting(entry('taken', { waiting: {} }), true);
		journal.ended('taken');
		// The other process has submitted one of the two.
		writeFileSync(file(), `${left}\n${line('taken', { requestId: 'r' })}\n`);
		owner.leave();
		journal.check();
		await journal.submitting(entry('left'));
		expect((await onDisk()).get('taken')).toEqual(entry('taken', { requestId: 'r' }));
	});

	it('as late as during the last write before a submit: nothing is submitted', async () => {
		const { journal } = open();
		journal.waiting(entry('taken', { waiting: {} }), true);
		await text();
		jest.spyOn(fs, 'fsync').mockImplementation(((_fd: number, done: Fs.NoParamCallback) => {
			held();
			done(null);
		}) as typeof Fs.fsync);
		for (const job of ['taken', 'new']) {
			await expect(journal.submitting(entry(job))).rejects.toMatchObject({ code: 'aborted' });
			rmSync(lockFile());
			journal.check();
		}
	});

	it('is not written as a whole by us, which would take it back', async () => {
		const { journal } = open();
		await journal.submitting(entry('ours'));
		held();
		rewrite('theirs');
		for (let n = 0; n < 100; n += 1) {
			journal.waiting(entry('more', { waiting: {}, msg: { text: 'x'.repeat(1_000) } }), false);
			await turns(1);
		}
		await turns(3);
		expect([readFileSync(file(), 'utf8'), journal.isKept()]).toEqual(['theirs', false]);
	});
});

describe('a journal that comes back from another process', () => {
	/** Another process had the file, and has left it with these lines. */
	async function back(...lines: string[]) {
		const { journal } = open();
		journal.waiting(entry('ours', { waiting: {} }), true);
		await text();
		const owner = held();
		journal.check();
		writeFileSync(file(), lines.map((one) => `${one}\n`).join(''));
		const takenOver = jest.fn();
		journal.onTakenOver(takenOver);
		owner.leave();
		journal.check();
		return { journal, takenOver };
	}

	it.each([
		['has submitted', line('ours', { requestId: 'r' })],
		['was submitting', line('ours')],
	])('leaves alone what that one %s: it is resumed, and its old work ends', async (_what, left) => {
		const { journal, takenOver } = await back(left);
		expect([takenOver.mock.calls.length, journal.isOutdated('ours')]).toEqual([1, true]);
		await expect(journal.submitting(entry('ours'))).rejects.toMatchObject({ code: 'aborted' });
		// The old work ends without writing anything.
		journal.ended('ours');
		expect(journal.isOutdated('ours')).toBe(false);
		expect((await text()).trim()).toBe(left);
		expect(journal.live('n').map(({ job }) => job)).toEqual(['ours']);
		// The resumed work ends.
		journal.ended('ours');
		expect((await onDisk()).size).toBe(0);
	});

	it('leaves alone what that one has ended', async () => {
		const { journal } = await back();
		expect([journal.isOutdated('ours'), journal.live('n')]).toEqual([false, []]);
		await expect(journal.submitting(entry('ours'))).rejects.toMatchObject({ code: 'aborted' });
	});

	it('goes on with what that one has left to wait', async () => {
		const { journal } = await back(line('ours', { waiting: {} }));
		expect(journal.isOutdated('ours')).toBe(false);
		expect(await journal.submitting(entry('ours'))).toBe(true);
		expect([...(await onDisk()).values()]).toEqual([entry('ours')]);
	});

	it('does so as late as during the last write before a submit', async () => {
		const { journal } = open();
		journal.waiting(entry('ours', { waiting: {} }), true);
		await text();
		jest.spyOn(fs, 'fsync').mockImplementation(((_fd: number, done: Fs.NoParamCallback) => {
			const owner = held();
			journal.check();
			writeFileSync(file(), `${line('ours', { requestId: 'r' })}\n`);
			owner.leave();
			journal.check();
			done(null);
		}) as typeof Fs.fsync);
		await expect(journal.submitting(entry('ours'))).rejects.toMatchObject({ code: 'aborted' });
		expect((await onDisk()).get('ours')).toEqual(entry('ours', { requestId: 'r' }));
	});
});

describe('a lock that somebody has deleted', () => {
	it('is made again, and all goes on', async () => {
		const { journal, warnings } = open();
		journal.waiting(entry('a', { waiting: {} }), true);
		await text();
		const lock = readFileSync(lockFile(), 'utf8');
		const ways = [
			() => journal.check(),
			() => journal.delivering('a'),
			() => journal.submitting(entry('a')),
		];
		for (const way of ways) {
			rmSync(lockFile());
			await way();
			expect(readFileSync(lockFile(), 'utf8')).toBe(lock);
		}
		expect([...(await onDisk()).values()]).toEqual([entry('a')]);
		expect(warnings).toEqual([]);
	});

	it.each<[string, () => void]>([
		['has replaced the file', () => rewrite(readFileSync(file(), 'utf8'))],
		['has written to the file', () => appendFileSync(file(), '\n')],
	])('is not, where another process %s', async (_how, change) => {
		const { journal } = open();
		journal.waiting(entry('a', { waiting: {} }), true);
		await text();
		change();
		rmSync(lockFile());
		await expect(journal.submitting(entry('a'))).rejects.toMatchObject({ code: 'aborted' });
		expect(existsSync(lockFile())).toBe(false);
	});

	it('does not matter where it cannot be made', async () => {
		const { journal } = open();
		rmSync(lockFile());
		failing('ENOSPC', 'writeFileSync');
		expect(await journal.submitting(entry('a'))).toBe(true);
	});
});

/** A lock on a clock that the test sets. */
function createLock() {
	let now = 0;
	const lock = new Lock(lockFile(), () => now);
	return { lock, pass: (ms: number) => void (now += ms) };
}

/** Another process takes the lock, and releases it if it ends properly. */
const takeElsewhere = (ends: 'killed' | 'well') =>
	execFileSync(
		process.execPath,
		[
			'-p',
			`const { Lock } = require('./dist/node-red/runtime/journal/lock.js');
			const lock = new Lock(${JSON.stringify(lockFile())});
			const taken = lock.take();
			if (${ends === 'well'}) lock.release();
			taken`,
		],
		{ cwd: root, encoding: 'utf8' },
	).trim();

describe('the lock of a journal', () => {
	it('keeps another process out until it is given up', () => {
		const { lock } = createLock();
		expect([lock.take(), lock.take(), lock.touch(), lock.isOurs()]).toEqual([
			...[true, true, true, true],
		]);
		expect(takeElsewhere('well')).toBe('false');
		lock.release();
		expect(existsSync(lockFile())).toBe(false);
		expect(takeElsewhere('well')).toBe('true');
		expect(lock.take()).toBe(true);
	});

	itWhere(process.platform === 'linux', 'only Linux tells in /proc what a process id counts in')(
		'is free at once when its owner was killed here',
		() => {
			expect(takeElsewhere('killed')).toBe('true');
			expect(createLock().lock.take()).toBe(true);
		},
	);

	const boot = HERE.split('/')[0];
	it.each([
		['of another machine', ELSEWHERE],
		['of another container on this machine', `1 ${boot}/pid:[1] x`],
		['of a process that lives', `${process.ppid} ${HERE} x`],
		['that is just being written', ''],
		['that says something else', 'nonsense'],
	])('%s is taken when nobody has touched it for a while, and not before', (_whose, text) => {
		writeFileSync(lockFile(), text);
		const { lock, pass } = createLock();
		for (let touches = 1; touches < 5; touches += 1) {
			expect(lock.take()).toBe(false);
			pass(GONE_MS - 1);
			// Its clock may differ much from ours.
			fs.utimesSync(lockFile(), touches, touches);
		}
		expect(lock.take()).toBe(false);
		pass(GONE_MS - 1);
		expect(lock.take()).toBe(false);
		pass(1);
		expect([lock.take(), lock.isOurs()]).toEqual([true, true]);
	});

	it('is not taken from a process that has taken it over in the meantime', () => {
		writeFileSync(lockFile(), 'nonsense');
		const { lock, pass } = createLock();
		lock.take();
		pass(GONE_MS);
		const { renameSync: original } = fs;
		const renaming = jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
			if (from === lockFile()) writeFileSync(lockFile(), ELSEWHERE);
			original(from, to);
		});
		expect(lock.take()).toBe(false);
		renaming.mockRestore();
		expect([readFileSync(lockFile(), 'utf8'), readdirSync(dirname(file()))]).toEqual([
			ELSEWHERE,
			[basename(lockFile())],
		]);
	});

	it('shows that it was taken from us, and is not given up for us', () => {
		const { lock } = createLock();
		expect(lock.take()).toBe(true);
		writeFileSync(lockFile(), ELSEWHERE);
		expect([lock.isOurs(), lock.touch()]).toEqual([false, false]);
		lock.release();
		expect(readFileSync(lockFile(), 'utf8')).toBe(ELSEWHERE);
	});

	it('is touched again and again by its owner', () => {
		const { lock } = createLock();
		lock.take();
		fs.utimesSync(lockFile(), 0, 0);
		expect(lock.touch()).toBe(true);
		expect(fs.statSync(lockFile()).mtimeMs).toBeGreaterThan(0);
	});
});
