// A disk on which lines cannot be replaced: nothing is sent that the next process would repeat. Runs that are not on
// the disk go on, as does everything that still works.
import type * as Fs from 'node:fs';
import {
	existsSync,
	lstatSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.ts';
import type * as LinesModule from '../../../../node-red/runtime/journal/lines.ts';
import { itWhere } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import {
	accept,
	diskWithRoom,
	entry,
	failing,
	fs,
	line,
	useJournal,
} from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { unprotectedBecause } = dist<typeof JournalModule>('node-red/runtime/journal/journal.js');
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.js');

const { file, onDisk, open, reopen, text } = useJournal();
const lockFile = () => `${file()}.lock`;

const planned = (job: string, more: object = {}) => entry(job, { waiting: {}, ...more });
const run = (job: string, requestId?: string) => ({ job, nodeId: 'n', topic: 't', requestId });

/** Ways in which the disk refuses everything. @returns a function that ends the fault */
const FAULTS: Array<[string, () => () => void]> = [
	['is full', () => failing('ENOSPC', 'writeSync')],
	['refuses every fsync', () => failing('EIO', 'fsync', 'fsyncSync')],
	['has become read-only', () => failing('EROFS', 'writeSync', 'openSync', 'renameSync')],
];

describe.each(FAULTS)('on a disk that %s', (_how, fail) => {
	it('a message that waits there is not submitted before its line is replaced, and the log names it once', async () => {
		const { journal, warnings } = open();
		journal.waiting(planned('waits'), true);
		await text();
		const heal = fail();
		expect(await journal.submitting(entry('waits'))).toBe(false);
		const { signal } = new AbortController();
		const released = jest.fn();
		for (let n = 0; n < 2; n += 1) {
			void journal.released({ run: run('waits'), signal }).then(released);
		}
		await turns(3);
		journal.check();
		await turns(3);
		expect(released).not.toHaveBeenCalled();
		expect([...readLines(readFileSync(file(), 'utf8')).values()]).toEqual([planned('waits')]);
		expect(warnings).toEqual([
			expect.stringMatching(/New RunComfy runs will not outlive.* wait until it can be written/),
			expect.stringContaining('a message to be submitted (node n, topic t)'),
		]);
		heal();
		journal.check();
		await turns(3);
		expect(released).toHaveBeenCalledTimes(2);
		expect(await journal.submitting(entry('waits'))).toBe(true);
		expect([...(await onDisk()).values()]).toEqual([entry('waits')]);
	});

	it('a message that is not there goes, and is on the disk later', async () => {
		const { journal } = open();
		const heal = fail();
		journal.waiting(planned('first'), true);
		await turns(3);
		journal.waiting(planned('new'), true);
		await turns(3);
		expect(await journal.submitting(entry('new'))).toBe(true);
		heal();
		journal.check();
		expect([...(await onDisk()).values()]).toEqual([planned('first'), entry('new')]);
	});

	it('nothing that the last process left is submitted or sent again', async () => {
		const left = [line('waits', { waiting: {} }), line('paid', { requestId: 'r' })];
		writeFileSync(file(), `${left.join('\n')}\n`);
		const heal = fail();
		const { journal } = open();
		expect(journal.live('n')).toHaveLength(2);
		expect(await journal.submitting(entry('waits'))).toBe(false);
		expect(['waits', 'paid', 'new'].map((job) => journal.holds(job))).toEqual([true, true, false]);
		heal();
		journal.check();
		expect(['waits', 'paid'].map((job) => journal.holds(job))).toEqual([false, false]);
	});
});

describe('a line whose write has failed halfway', () => {
	it('counts as one on the disk, and those after it do not', async () => {
		const { journal } = open();
		const length = Buffer.byteLength(`${line('half', { waiting: {} })}\n`);
		const disk = diskWithRoom(length - 1);
		journal.waiting(planned('half'), true);
		journal.waiting(planned('none'), true);
		await turns(3);
		expect(await journal.submitting(entry('half'))).toBe(false);
		expect(await journal.submitting(entry('none'))).toBe(true);
		disk.room = Infinity;
		// The whole file is not rewritten, so a torn line loses only itself.
		const rewriting = jest.spyOn(fs, 'renameSync');
		journal.check();
		expect([...(await onDisk()).values()]).toEqual([planned('half'), entry('none')]);
		expect(rewriting).not.toHaveBeenCalled();
	});
});

describe('a submit that was on its way when the disk became full', () => {
	it.each([
		[1, 0],
		[2, 0],
		[1, 100],
		[2, 500],
	])('has its id there all the same (%s of them, with room for %s bytes)', async (count, room) => {
		const { journal } = open();
		const jobs = Array.from({ length: count }, (_, n) => `job${n}`);
		for (const job of jobs) await journal.submitting(entry(job));
		diskWithRoom(room);
		for (const job of jobs) {
			accept(journal, job, '54b496ce-053f-4fcb-ac82-24cd4f5bca7f');
			await turns(3);
		}
		const runs = readLines(readFileSync(file(), 'utf8'));
		expect([...runs.values()].map(({ receipt }) => receipt.state)).toEqual(
			jobs.map(() => 'accepted'),
		);
	});
});

describe('a request that is accepted while the journal has no line of it', () => {
	it('is named in the log, which may be all that a kill leaves of it', async () => {
		const { journal, warnings } = open();
		const heal = failing('ENOSPC', 'writeSync');
		for (const job of ['one', 'two']) expect(await journal.submitting(entry(job))).toBe(true);
		accept(journal, 'one', 'r1');
		accept(journal, 'two', 'r2');
		await turns(3);
		heal();
		journal.check();
		expect(await journal.submitting(entry('three'))).toBe(true);
		accept(journal, 'three', 'r3');
		await turns(3);
		expect(warnings).toEqual([
			expect.stringContaining('will not outlive'),
			expect.stringMatching(/does not have\..*: r1 \(node n\), r2 \(node n\)$/),
			expect.stringContaining('will outlive'),
		]);
	});
});

describe('many messages that come on a full disk', () => {
	it('cost as much each as the first ones', async () => {
		const { journal } = open();
		await text();
		failing('ENOSPC', 'writeSync', 'openSync');
		const measuring = jest.spyOn(Buffer, 'byteLength');
		for (let n = 0; n < 500; n += 1) journal.waiting(planned(`job${n}`), false);
		await turns(3);
		measuring.mockClear();
		for (let n = 0; n < 500; n += 1) journal.waiting(planned(`more${n}`), false);
		expect(measuring.mock.calls.length).toBeLessThan(2_000);
	});
});

describe('a run that has ended on a full disk', () => {
	it('is ended there in the place of its line', async () => {
		const { journal, warnings } = open();
		journal.waiting(planned('canceled'), true);
		await journal.submitting(entry('delivered'));
		accept(journal, 'delivered', 'r');
		await text();
		diskWithRoom(0);
		journal.ended('delivered');
		await turns(3);
		journal.ended('canceled');
		expect(reopen().live('n')).toEqual([]);
		expect(warnings).toHaveLength(1);
	});

	it.each([
		['waits, if only a few bytes have room', 5, false],
		['keeps a place for its end, if it left before the last bytes were taken', 100, true],
	])('%s, where the line is that of an earlier process', async (_title, room, may) => {
		writeFileSync(file(), `${line('paid', { requestId: 'r' })}\n`);
		const disk = diskWithRoom();
		failing('ENOSPC', 'renameSync');
		const { journal } = open();
		disk.room = room;
		expect(await journal.mayEnd('paid')).toBe(may);
		disk.room = 0;
		if (may) journal.ended('paid');
		await turns(3);
		expect(reopen().live('n')).toHaveLength(may ? 0 : 1);
	});

	it('waits for room without a line in the log at each look', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('paid'));
		accept(journal, 'paid', 'r');
		await text();
		diskWithRoom(0);
		expect(await journal.mayEnd('paid')).toBe(false);
		for (let n = 0; n < 3; n += 1) {
			journal.check();
			await turns(3);
			expect(await journal.mayEnd('paid')).toBe(false);
		}
		expect(warnings).toEqual([expect.stringContaining('New RunComfy runs will not outlive')]);
	});

	it('is named in the log where not even that is possible', async () => {
		const { journal, warnings } = open();
		journal.waiting(planned('canceled'), true);
		await text();
		failing('ENOSPC', 'writeSync');
		expect(await journal.submitting(entry('canceled'))).toBe(false);
		journal.ended('canceled');
		expect(warnings.at(-1)).toMatch(/restart.* canceled may be submitted by node n, unless/);
	});
});

describe('a file that cannot be rewritten', () => {
	const MANY = Array.from({ length: 120 }, (_, n) => `job${n}`);

	/** So many runs come and go that compacting the file pays off. */
	async function churn(journal: JournalModule.Journal) {
		for (const job of MANY) {
			expect(await journal.submitting(entry(job, { msg: { text: 'x'.repeat(1000) } }))).toBe(true);
			journal.ended(job);
		}
	}

	it.each<[string, Array<keyof typeof Fs>]>([
		['no inode is free', ['openSync']],
		['a rename fails', ['renameSync']],
		['the disk has no room for two', ['fsyncSync']],
	])('is still written to where %s, and says so once', async (_why, calls) => {
		const { journal, warnings } = open();
		const heal = failing('ENOSPC', ...calls);
		await churn(journal);
		expect([journal.isKept(), unprotectedBecause()]).toEqual([true, undefined]);
		expect(warnings).toEqual([expect.stringMatching(/grows.*ENOSPC/)]);
		expect(existsSync(`${file()}.new`)).toBe(false);
		heal();
		await churn(journal);
		expect(statSync(file()).size).toBeLessThan(70 * 1024);
	});

	it('is written to by the next process, too', async () => {
		writeFileSync(file(), `${line('left', { waiting: {} })}\n{"is":"run","job":"torn`);
		const heal = failing('ENOSPC', 'renameSync');
		const { journal } = open();
		expect(await journal.submitting(entry('left'))).toBe(true);
		heal();
		expect([...(await onDisk()).values()]).toEqual([entry('left')]);
	});

	itWhere(process.platform !== 'win32', 'links need rights on Windows')(
		'never through a link',
		async () => {
			const elsewhere = `${file()}.elsewhere`;
			writeFileSync(elsewhere, 'mine');
			symlinkSync(elsewhere, `${file()}.new`);
			const { journal } = open();
			await journal.submitting(entry('a'));
			expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
			expect([...(await onDisk()).keys()]).toEqual(['a']);
			expect(lstatSync(file()).isFile()).toBe(true);
		},
	);
});

describe('a journal that cannot be taken over', () => {
	it('is adopted once', () => {
		writeFileSync(file(), `${line('left')}\n`);
		failing('EROFS', 'writeFileSync');
		const { journal } = open();
		const adopted = jest.fn();
		journal.onTakenOver(adopted);
		journal.check();
		journal.check();
		expect([journal.live('n'), adopted.mock.calls]).toEqual([[entry('left')], []]);
	});

	it('is left to another process that can, with all that was read of it', async () => {
		writeFileSync(file(), `${line('left', { waiting: {} })}\n`);
		const heal = failing('ENOSPC', 'writeFileSync');
		const { journal } = open();
		expect(await journal.submitting(entry('left'))).toBe(false);
		heal();
		writeFileSync(lockFile(), 'that of another process');
		journal.check();
		await expect(journal.submitting(entry('left'))).rejects.toMatchObject({ code: 'aborted' });
	});

	itWhere(process.platform !== 'win32', 'links need rights on Windows')(
		'stays with its owner whose lock has become a link that leads nowhere',
		async () => {
			const { journal, warnings } = open();
			journal.waiting(planned('waits'), true);
			await text();
			rmSync(lockFile());
			symlinkSync('nowhere', lockFile());
			expect(await journal.submitting(entry('waits'))).toBe(true);
			rmSync(lockFile());
			journal.check();
			expect([existsSync(lockFile()), warnings]).toEqual([true, []]);
		},
	);

	it('since there is no room for its whole lock, is taken over as soon as there is', async () => {
		writeFileSync(file(), `${line('left', { waiting: {} })}\n`);
		const disk = diskWithRoom(10);
		const { journal } = open();
		expect([await journal.submitting(entry('left')), existsSync(lockFile())]).toEqual([
			false,
			false,
		]);
		disk.room = Infinity;
		journal.check();
		expect(await journal.submitting(entry('left'))).toBe(true);
	});

	itWhere(process.platform !== 'win32', 'links need rights on Windows')(
		'since its lock is a link that leads nowhere, lets new messages go',
		async () => {
			writeFileSync(file(), `${line('left', { waiting: {} })}\n`);
			symlinkSync('nowhere', lockFile());
			const { journal, warnings } = open();
			expect(await journal.submitting(entry('left'))).toBe(false);
			expect(await journal.submitting(entry('new'))).toBe(true);
			expect(warnings).toEqual([expect.stringMatching(/lock .*remove it if it is a link/)]);
			rmSync(lockFile());
			journal.check();
			expect(await journal.submitting(entry('left'))).toBe(true);
		},
	);
});
