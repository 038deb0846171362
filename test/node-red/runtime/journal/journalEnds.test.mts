// What becomes of journals when their process ends in good order.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/journalLines.cts';
import { dist } from '../../support/dist.mts';
import { entry, fs } from '../../support/journalDirectory.mts';

const { openJournal, JOURNAL_FILE } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.cjs',
);
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/journalLines.cjs');

const root = mkdtempSync(join(tmpdir(), 'runcomfy-journals-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('has the lines of all of them, also beside one that another process has, and gives up the locks', async () => {
	jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => undefined } as never);
	const before = process.listenerCount('exit');
	const open = (name: string) => {
		const directory = join(root, name);
		fs.mkdirSync(directory);
		const file = join(directory, JOURNAL_FILE);
		if (name === 'theirs') writeFileSync(`${file}.lock`, '7 8 elsewhere');
		return { file, journal: openJournal(directory, () => undefined)! };
	};
	const [first, theirs, locked, last] = ['first', 'theirs', 'locked', 'last'].map(open);
	expect(process.listenerCount('exit')).toBe(before + 1);
	expect(theirs!.journal.isKept()).toBe(false);
	for (const { journal } of [first!, locked!, last!]) {
		await journal.submitting(entry('a'));
		// In the turn in which the process ends.
		journal.waiting(entry('b', { waiting: {} }), false);
	}
	const remove = fs.rmSync.bind(fs);
	jest.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
		if (path === `${locked!.file}.lock`) throw new Error('EACCES');
		remove(path, options);
	});
	process.emit('exit', 0);
	for (const { file } of [first!, locked!, last!]) {
		expect([...readLines(readFileSync(file, 'utf8')).keys()]).toEqual(['a', 'b']);
	}
	const locks = [first!, theirs!, locked!, last!].map(({ file }) => existsSync(`${file}.lock`));
	expect(locks).toEqual([false, true, true, false]);
});
