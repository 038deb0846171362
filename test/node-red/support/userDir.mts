// A user directory of its own for every test of a file, and what its journal says.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import type * as JournalModule from '../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../node-red/runtime/journal/lines.cts';
import { dist } from './dist.mts';

const { JOURNAL_FILE } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');
const { lineOf, readLines } = dist<typeof LinesModule>('node-red/runtime/journal/lines.cjs');

type Receipt = LinesModule.JournalEntry['receipt'];

/** What a run leaves in the journal, with what is usual for all that a test does not say. */
export const leftEntry = (
	{ state = 'submitting', at = Date.now(), ...ids }: Partial<Receipt> & Receipt['ids'],
	more: Partial<LinesModule.JournalEntry> = {},
): LinesModule.JournalEntry => ({
	job: 'left',
	nodeId: 'n',
	receipt: { ids, state, at },
	msg: { topic: 't' },
	plan: {},
	...more,
});

export function useUserDir() {
	let userDir: string;
	beforeEach(() => {
		userDir = mkdtempSync(join(tmpdir(), 'runcomfy-user-dir-'));
	});
	afterEach(() => rmSync(userDir, { recursive: true, force: true }));
	const journal = () => join(userDir, JOURNAL_FILE);
	const entriesOf = (text: string) => [...readLines(text).runs.values()];
	return {
		get userDir() {
			return userDir;
		},
		/** Where its journal is. */
		get journal() {
			return journal();
		},
		/** Has an earlier process leave entries. */
		leave: (...entries: LinesModule.JournalEntry[]) =>
			appendFileSync(journal(), entries.map(lineOf).join('')),
		/** What has not ended by the text of a journal. */
		entriesOf,
		/** What has not ended, as the journal has it. */
		onDisk: () => entriesOf(readFileSync(journal(), 'utf8')),
	};
}
