// What a process leaves of its journal, whether it is killed or ends in good order.
import { spawn } from 'node:child_process';
import {
	appendFileSync,
	existsSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as JournalModule from '../../../../node-red/runtime/journal/journal.cts';
import type * as LinesModule from '../../../../node-red/runtime/journal/journalLines.cts';
import { expectNamed } from '../../../support/expect.mts';
import { dist, root } from '../../support/dist.mts';
import { entry, fs } from '../../support/journalDirectory.mts';

const { openJournal, JOURNAL_FILE } = dist<typeof JournalModule>(
	'node-red/runtime/journal/journal.cjs',
);

const { readLines } = dist<typeof LinesModule>('node-red/runtime/journal/journalLines.cjs');

let dir: string;

let file: string;

beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'runcomfy-journal-'));
	file = join(dir, JOURNAL_FILE);
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const onDisk = () => readLines(readFileSync(file, 'utf8'));

/** Works through runs and says after each step that it is written. */
const WORKER = `
	const { openJournal } = require('./dist/node-red/runtime/journal/journal.cjs');
	const journal = openJournal(process.argv[1], console.error);
	const say = (what, job) => require('node:fs').writeSync(1, what + ' ' + job + '\\n');
	const msg = { text: 'x'.repeat(2000) };
	const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
	(async () => {
		for (let n = 0; ; n += 1) {
			const job = 'job' + n;
			await journal.submitting({ job, nodeId: 'n', at: Date.now(), deploymentId: 'd', msg, plan: {} });
			say('submitting', job);
			journal.accepted(job, 'r' + n, Date.now());
			await turn();
			say('accepted', job);
			if (n >= 3) {
				journal.ended('job' + (n - 3));
				await turn();
				say('ended', 'job' + (n - 3));
			}
		}
	})();
`;

describe('a process that is killed at any moment', () => {
	it('leaves a journal that knows everything that was said to be written', async () => {
		for (let round = 0; round < 12; round += 1) {
			rmSync(file, { force: true });
			const said = await killedAfter(1 + Math.floor(Math.random() * 400));
			// What the kill may have left of the next line.
			if (round % 3 === 0) appendFileSync(file, '{"v":1,"is":"accep');
			const live = onDisk();
			for (const [job, what] of said) {
				if (what === 'submitting') expectNamed(live.has(job), job).toBe(true);
				if (what === 'ended') expectNamed(live.has(job), job).toBe(false);
				if (what === 'accepted' && live.has(job)) {
					expect(live.get(job)).toHaveProperty('requestId', job.replace('job', 'r'));
				}
			}
			// The call after the last word may have got through: one that had ended is gone.
			const expected = [...said].filter(([, what]) => what === 'accepted').map(([job]) => job);
			const missing = expected.filter((job) => !live.has(job));
			expectNamed(missing.length, missing.join()).toBeLessThanOrEqual(1);
			expect(live.size).toBeLessThanOrEqual(5);
		}
	});

	/** The last word about each run of a worker that is killed after `lines` of them. */
	async function killedAfter(lines: number): Promise<Map<string, string>> {
		const worker = spawn(process.execPath, ['-e', WORKER, dir], {
			cwd: root,
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		const ended = new Promise((resolve) => worker.once('exit', resolve));
		const said = new Map<string, string>();
		let heard = 0;
		for await (const line of createInterface(worker.stdout)) {
			const [what = '', job = ''] = line.split(' ');
			said.set(job, what);
			heard += 1;
			if (heard === lines) worker.kill('SIGKILL');
		}
		await ended;
		return said;
	}
});

const homes = mkdtempSync(join(tmpdir(), 'runcomfy-journals-'));

afterAll(() => rmSync(homes, { recursive: true, force: true }));

it('has the lines of all of them, also beside one that another process has, and gives up the locks', async () => {
	jest.spyOn(globalThis, 'setInterval').mockReturnValue({ unref: () => undefined } as never);
	const before = process.listenerCount('exit');
	const open = (name: string) => {
		const directory = join(homes, name);
		fs.mkdirSync(directory);
		const file = join(directory, JOURNAL_FILE);
		if (name === 'theirs') writeFileSync(`${file}.lock`, '7 8 elsewhere');
		return { file, journal: openJournal(directory, () => undefined)! };
	};
	const [first, theirs, locked, last] = ['first', 'theirs', 'locked', 'last'].map(open);
	expect(process.listenerCount('exit')).toBe(before + 1);
	for (const { journal } of [first!, theirs!, locked!, last!]) {
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
	const names = fs.readdirSync(join(homes, 'theirs'));
	const sides = names.filter((name) => name.endsWith('.jsonl'));
	expect(sides).toHaveLength(1);
	const side = readFileSync(join(homes, 'theirs', sides[0] ?? ''), 'utf8');
	expect([...readLines(side).keys()]).toEqual(['a', 'b']);
	expect(names).not.toContain(`${sides[0]}.lock`);
	const locks = [first!, theirs!, locked!, last!].map(({ file }) => existsSync(`${file}.lock`));
	expect(locks).toEqual([false, true, true, false]);
});
