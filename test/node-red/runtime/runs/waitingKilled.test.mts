// What becomes of messages that wait for their turn when a real Node-RED ends.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/journalLines.cts';
import { eventually } from '../../../support/expect.mts';
import { dist } from '../../support/dist.mts';
import { createRealRuns } from '../../support/realRuns.mts';

const { JOURNAL_FILE } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');
const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/journalLines.cjs');

describe.each(['SIGKILL', 'SIGTERM'] as const)('after %s', (signal) => {
	it('what waited in a real Node-RED is submitted once, and ends once', async () => {
		const runs = await createRealRuns(700);
		try {
			await runs.start();
			await runs.deploy('full', { config: { concurrency: 2 } });
			await runs.press(10);
			const file = join(runs.userDir, JOURNAL_FILE);
			const entries = () => [...readLines(readFileSync(file, 'utf8')).values()];
			const accepted = () => entries().filter(({ requestId }) => requestId !== undefined).length;
			await eventually(accepted, { timeout: 20_000 }).toBe(2);
			await eventually(() => entries().length).toBe(10);
			await runs.nodeRed().stop(signal);
			await runs.start();
			await runs.ended(10);
			expect(new Set(runs.ends.map(({ topic }) => topic)).size).toBe(10);
			expect(runs.ends.filter(({ code }) => code !== undefined)).toEqual([]);
			expect([runs.simulator.jobs.size, runs.simulator.count('submit')]).toEqual([10, 10]);
			expect(runs.errors).toEqual([]);
		} finally {
			await runs.close();
		}
	});
});
