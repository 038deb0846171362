// What the disk has of runs that have not ended, whatever ends the process.
import type * as Fs from 'node:fs';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import { dist } from '../../support/dist.mts';
import { entry, fs, line, NOW, useJournal } from '../../support/journalDirectory.mts';
import { turns } from '../../support/rig.mts';

const { openJournal } = dist<typeof JournalModule>('node-red/runtime/journal/journal.cjs');
const { TOUCH_MS } = dist<typeof LockModule>('node-red/runtime/journal/lock.cjs');

const { file, onDisk, open, text } = useJournal();

describe('the journal', () => {
	it('holds a run from its submit to its end, with what was accepted', async () => {
		const { journal } = open();
		await journal.submitting(entry('a'));
		await journal.submitting(entry('b', { nodeId: 'other' }));
		expect([...(await onDisk()).values()]).toEqual([entry('a'), entry('b', { nodeId: 'other' })]);
		journal.accepted('a', 'r1', NOW + 5);
		expect((await onDisk()).get('a')).toEqual(entry('a', { requestId: 'r1', at: NOW + 5 }));
		expect(journal.live('n').map(({ job }) => job)).toEqual(['a']);
		journal.ended('a');
		expect([...(await onDisk()).keys()]).toEqual(['b']);
		expect(journal.live('n')).toEqual([]);
	});

	it('says nothing of a run that it does not know', async () => {
		const { journal } = open();
		await journal.submitting(entry('a'));
		const before = await text();
		journal.accepted('other', 'r', NOW);
		journal.ended('other');
		expect([await text(), journal.live('n')]).toEqual([before, [entry('a')]]);
	});

	it('has a line on the medium before its submit, also one that comes while another is made durable', async () => {
		const { journal } = open();
		const durable: Array<() => void> = [];
		jest.spyOn(fs, 'fsync').mockImplementation(((_fd: number, callback: Fs.NoParamCallback) => {
			durable.push(() => callback(null));
		}) as typeof Fs.fsync);
		const first = journal.submitting(entry('a'));
		const finish = () => durable.splice(0).forEach((one) => one());
		await turns(2);
		const atSubmit = journal.submitting(entry('b')).then(() => readFileSync(file(), 'utf8'));
		finish();
		await first;
		await turns(2);
		expect(durable).toHaveLength(1);
		finish();
		expect(await atSubmit).toContain('"job":"b"');
	});

	it('knows what waits only until its submit', async () => {
		const { journal } = open();
		const waiting = { input: { json: '{"deploymentId":"d"}', again: ['webhook' as const] } };
		journal.waiting(entry('a', { waiting }), true);
		journal.waiting(entry('b', { waiting: {} }), false);
		expect([...(await onDisk()).values()]).toEqual([
			entry('a', { waiting }),
			entry('b', { waiting: {} }),
		]);
		await journal.submitting(entry('a', { at: NOW + 5 }));
		expect([...(await onDisk()).values()]).toEqual([
			entry('a', { at: NOW + 5 }),
			entry('b', { waiting: {} }),
		]);
		expect(journal.live('n')[0]).not.toHaveProperty('waiting');
		expect(journal.live('n')[1]).toHaveProperty('waiting', {});
	});

	it('takes over what was left, but no torn line', async () => {
		const days = (count: number) => NOW - count * 24 * 3600 * 1000;
		const lines = [
			line('old', { at: days(300) }),
			line('a'),
			line('a', { requestId: 'r' }),
			line('b'),
			'{"is":"gone","job":"b"}',
			line('no message', { msg: null as never }),
		];
		writeFileSync(file(), `${lines.join('\n')}\nnull\n{"is":"ru`);
		const { journal } = open();
		const old = entry('old', { at: days(300) });
		expect(journal.live('n')).toEqual([old, entry('a', { requestId: 'r' })]);
		await journal.submitting(entry('c'));
		expect([...(await onDisk()).keys()]).toEqual(['old', 'a', 'c']);
	});

	it('gives up what is old and whose node stays away, and logs its id', async () => {
		const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
		const days = (count: number) => NOW - count * 24 * 3600 * 1000;
		const lines = [
			line('abandoned', { at: days(31), nodeId: 'gone', requestId: 'r1' }),
			line('young', { at: days(30), nodeId: 'gone', requestId: 'r2' }),
			line('claimed', { at: days(31), requestId: 'r3' }),
		];
		writeFileSync(file(), `${lines.join('\n')}\n`);
		const { journal, warnings } = open();
		journal.live('n');
		clock.mockReturnValue(601_000);
		journal.check();
		expect(warnings).toEqual([]);
		clock.mockReturnValue(602_000);
		journal.check();
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['young', 'claimed']);
		expect(warnings).toEqual([expect.stringMatching(/30 days: r1 \(node gone\)$/)]);
	});

	it('stays small, however many runs there were', async () => {
		const { journal } = open();
		const waits = entry('waits', { waiting: {} });
		journal.waiting(waits, true);
		for (let n = 0; n < 120; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { text: 'x'.repeat(1000) } }));
			if (n > 0) journal.ended(`job${n}`);
		}
		const live = await onDisk();
		expect(statSync(file()).size).toBeLessThan(70 * 1024);
		expect([...live.keys()]).toEqual(['waits', 'job0']);
		expect(live.get('waits')).toEqual(waits);
	});

	it('is not written again with every line where it is large, and in a script of many bytes', async () => {
		const { journal } = open();
		const text = '漢'.repeat(1_000_000);
		for (let n = 0; n < 10; n += 1) {
			await journal.submitting(entry(`job${n}`, { msg: { _msgid: `job${n}`, text } }));
		}
		const rewriting = jest.spyOn(fs, 'renameSync');
		for (let n = 0; n < 5; n += 1) await journal.submitting(entry(`more${n}`));
		expect(rewriting).not.toHaveBeenCalled();
		for (const { job } of journal.live('n')) journal.ended(job);
	});

	it('is for its user only, and there is one in a process', () => {
		const { journal } = open();
		expect(statSync(file()).mode & 0o077).toBe(0);
		expect(open().journal).toBe(journal);
	});

	it('is in memory without a user directory', async () => {
		const journalOf = (userDir: unknown) => openJournal({ settings: { userDir } } as never);
		const journal = journalOf(undefined);
		await journal.submitting(entry('a'));
		journal.keepMessage('r1', { topic: 'cats' });
		expect([journalOf(''), journalOf(7)]).toEqual([journal, journal]);
		expect([journal.live('n'), journal.isKept()]).toEqual([[entry('a')], false]);
		expect(journal.messageOf('r1')).toEqual({ topic: 'cats' });
		journal.ended('a');
	});

	it('is left as it is by a look that finds nothing wrong', async () => {
		const { journal } = open();
		await journal.submitting(entry('a'));
		const rewriting = jest.spyOn(fs, 'renameSync');
		journal.check();
		expect(rewriting).not.toHaveBeenCalled();
	});

	it('is looked after every few seconds, for which the process does not stay', async () => {
		const unref = jest.fn();
		const every = jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as never);
		const { journal } = open();
		await journal.submitting(entry('a'));
		const [look, ms] = every.mock.calls[0] ?? [];
		expect([ms, unref.mock.calls.length]).toEqual([TOUCH_MS, 1]);
		rmSync(file());
		look?.();
		expect([...(await onDisk()).keys()]).toEqual(['a']);
	});

	it('that was deleted is there again', async () => {
		const { journal, warnings } = open();
		await journal.submitting(entry('a'));
		rmSync(file());
		journal.check();
		expect([...(await onDisk()).keys()]).toEqual(['a']);
		expect(warnings).toEqual([]);
	});
});
