// What a restart must neither lose nor repeat: submitted requests, and the runs that ended last.
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { entry, NOW, useJournal } from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { file, open, reopen, text } = useJournal();

const DAY = 24 * 3600 * 1000;

describe('what the journal remembers', () => {
	it('is there after a restart', () => {
		const { journal, warnings } = open();
		journal.keepMessage('r1', { topic: 'cats', parts: { id: 'p' } });
		journal.delivered('hook', 'r1');
		journal.delivered('hook', 'r2 in_progress');
		journal.keepEnd('j', { state: 'ended' });
		const next = reopen();
		expect(next.messageOf('r1')).toEqual({ topic: 'cats', parts: { id: 'p' } });
		expect(next.messageOf('r2')).toEqual({});
		expect(next.deliveredBy('hook')).toEqual(['r1', 'r2 in_progress']);
		expect([next.deliveredBy('other'), next.endedRuns()]).toEqual([[], [{ state: 'ended' }]]);
		expect(warnings).toEqual([]);
	});

	it('is nothing of a message that has nothing to come back', async () => {
		const { journal } = open();
		journal.keepMessage('r1', {});
		expect(await text()).toBe('');
	});

	it('is kept to the end of the 7th day', async () => {
		const { journal } = open();
		journal.keepMessage('r1', { topic: 'old' });
		journal.delivered('hook', 'r1');
		const kept = reopen(NOW + 7 * DAY);
		expect([kept.messageOf('r1'), kept.deliveredBy('hook')]).toEqual([{ topic: 'old' }, ['r1']]);
		kept.keepMessage('r2', { topic: 'new' });
		const next = reopen(NOW + 7 * DAY + 1);
		expect([next.messageOf('r1'), next.deliveredBy('hook')]).toEqual([{}, []]);
		expect(next.messageOf('r2')).toEqual({ topic: 'new' });
		expect(await text()).not.toContain('old');
	});

	it('is of the newest 10,000 requests and callbacks, and of the newest 50 runs, each for itself', async () => {
		const { journal } = open();
		journal.keepEnd('first', { n: -1 });
		for (let n = 0; n < 10_001; n += 1) journal.keepMessage(`r${n}`, { n });
		for (let n = 0; n < 50; n += 1) journal.keepEnd(`j${n}`, { n });
		await turns(2);
		const next = reopen();
		expect([next.messageOf('r0'), next.messageOf('r1')]).toEqual([{}, { n: 1 }]);
		expect([next.endedRuns().length, next.endedRuns()[0]]).toEqual([50, { n: 0 }]);
		expect(statSync(file()).size).toBeLessThan(2 * 1024 * 1024);
	});

	it('outlives the runs beside it, however often the file is written again', async () => {
		const { journal } = open();
		journal.delivered('hook', 'r1');
		for (let n = 0; n < 200; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1_000) } }));
			journal.ended(`job${n}`);
		}
		expect(statSync(file()).size).toBeLessThan(70 * 1024);
		expect(readFileSync(file(), 'utf8')).toContain('"event":"r1"');
	});
});
