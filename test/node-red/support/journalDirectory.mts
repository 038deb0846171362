import type * as Fs from 'node:fs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, jest } from '@jest/globals';
import type * as LinesModule from '../../../node-red/runtime/journal/entries.cts';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.cts';
import { dist, requireFromRoot } from './dist.mts';
import { turns } from './flow.mts';

const { openJournal, JOURNAL_FILE } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.cjs',
);
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/entries.cjs');

/** The module object, whose functions the journal looks up at every call. */
export const fs = requireFromRoot('node:fs') as typeof Fs;

export const NOW = 1_800_000_000_000;

export const entry = (job: string, more: object = {}) => ({
	job,
	nodeId: 'n',
	at: NOW,
	deploymentId: 'd',
	msg: { _msgid: job },
	plan: {},
	...more,
});

/** A directory for each test of a file, and the journal in it. */
export function useJournal() {
	let directory: string;
	const file = () => join(directory, JOURNAL_FILE);
	beforeEach(() => {
		// A journal goes on for as long as the process: those of other tests are not to look at mocks.
		jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => undefined } as never);
		directory = mkdtempSync(join(tmpdir(), 'runcomfy-journal-'));
	});
	afterEach(() => {
		jest.restoreAllMocks();
		// Its journal goes on for as long as the process; here it must find nothing to complain of.
		rmSync(file(), { force: true });
	});
	const text = async () => {
		await turns(2);
		return readFileSync(file(), 'utf8');
	};
	return {
		file,
		text,
		/** What the file says, once the lines of this turn of the event loop are written. */
		onDisk: async () => readLines(await text()),
		open(now = NOW) {
			const warnings: string[] = [];
			const warn = (line: string) => warnings.push(line);
			const journal = openJournal(directory, warn, () => now) as JournalModule.Journal;
			return { journal, warnings };
		},
	};
}
