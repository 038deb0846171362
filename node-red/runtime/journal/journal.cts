import { join } from 'node:path';
import { perRuntime } from '../runtime.cjs';
import { createJournal } from './createJournal.cjs';
import type { Journal } from './entries.cjs';
import { TOUCH_MS } from './lock.cjs';

export type { Journal, JournalEntry } from './entries.cjs';

/** @public The tests look at the file. */
export const JOURNAL_FILE = 'runcomfy-jobs.jsonl';

const journals = perRuntime(
	() => {
		const opened = new Map<string, Journal & { close(): void }>();
		const close = () => closeAll(opened);
		process.once('exit', close);
		return { opened, close };
	},
	({ close }) => {
		process.off('exit', close);
		close();
	},
);

function closeAll(opened: Map<string, { close(): void }>): void {
	for (const journal of opened.values()) journal.close();
	opened.clear();
}

/**
 * The journal of a user directory, one in a process; undefined without a directory. `warn` is called
 * when it cannot be kept, and when it can again.
 */
export function openJournal(
	userDir: unknown,
	warn: (text: string) => void,
	now = Date.now,
): Journal | undefined {
	if (typeof userDir !== 'string' || userDir === '') return undefined;
	const { opened } = journals();
	const known = opened.get(userDir);
	if (known) return known;
	const journal = createJournal(join(userDir, JOURNAL_FILE), warn, now);
	opened.set(userDir, journal);
	const timer = setInterval(() => {
		if (opened.has(userDir)) journal.check();
		else clearInterval(timer);
	}, TOUCH_MS).unref();
	return journal;
}
