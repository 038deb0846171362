// Only one process at a time writes the journal of a user directory.
import { execFileSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import { itWhere } from '../../../support/expect.mts';
import { dist, root } from '../../support/dist.mts';

const { GONE_MS, HERE, Lock } = dist<typeof LockModule>('node-red/runtime/journal/lock.cjs');

const onLinux = itWhere(
	process.platform === 'linux',
	'only Linux tells in /proc what a process id counts in',
);

let dir: string;
let file: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'runcomfy-lock-'));
	file = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A lock on a clock that the test sets. */
function createLock() {
	let now = 0;
	const lock = new Lock(file, () => now);
	return { lock, pass: (ms: number) => void (now += ms) };
}

/** Another process takes the lock, and releases it if it ends properly. */
const takeElsewhere = (ends: 'killed' | 'well') =>
	execFileSync(
		process.execPath,
		[
			'-p',
			`const { Lock } = require('./dist/node-red/runtime/journal/lock.cjs');
			const lock = new Lock(${JSON.stringify(file)});
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
		expect(existsSync(file)).toBe(false);
		expect(takeElsewhere('well')).toBe('true');
		expect(lock.take()).toBe(true);
	});

	onLinux('is free at once when its owner was killed here', () => {
		expect(takeElsewhere('killed')).toBe('true');
		expect(createLock().lock.take()).toBe(true);
	});

	const elsewhere = '1 another-kernel/pid:[1] x';
	const boot = HERE.split('/')[0];
	it.each([
		['of another machine', elsewhere],
		['of another container on this machine', `1 ${boot}/pid:[1] x`],
		['of a process that lives', `${process.ppid} ${HERE} x`],
		['that is just being written', ''],
		['that says something else', 'nonsense'],
	])('%s is taken when nobody has touched it for a while, and not before', (_whose, text) => {
		writeFileSync(file, text);
		const { lock, pass } = createLock();
		for (let touches = 1; touches < 5; touches += 1) {
			expect(lock.take()).toBe(false);
			pass(GONE_MS - 1);
			// Its clock may differ much from ours.
			fs.utimesSync(file, touches, touches);
		}
		expect(lock.take()).toBe(false);
		pass(GONE_MS - 1);
		expect(lock.take()).toBe(false);
		pass(1);
		expect([lock.take(), lock.isOurs()]).toEqual([true, true]);
	});

	it('counts as in use once its owner has touched it while we watched', () => {
		writeFileSync(file, elsewhere);
		const { lock } = createLock();
		expect([lock.take(), lock.take(), lock.isInUse()]).toEqual([false, false, false]);
		fs.utimesSync(file, 5, 5);
		expect([lock.take(), lock.isInUse()]).toEqual([false, true]);
		rmSync(file);
		expect([lock.take(), lock.isInUse()]).toEqual([true, false]);
	});

	it('is not taken from a process that has taken it over in the meantime', () => {
		writeFileSync(file, 'nonsense');
		const { lock, pass } = createLock();
		lock.take();
		pass(GONE_MS);
		const { renameSync: original } = fs;
		const renaming = jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
			if (from === file) writeFileSync(file, elsewhere);
			original(from, to);
		});
		expect(lock.take()).toBe(false);
		renaming.mockRestore();
		expect([readFileSync(file, 'utf8'), fs.readdirSync(dir)]).toEqual([elsewhere, ['lock']]);
	});

	it('shows that it was taken from us, and is not given up for us', () => {
		const { lock } = createLock();
		expect(lock.take()).toBe(true);
		writeFileSync(file, elsewhere);
		expect([lock.isOurs(), lock.touch()]).toEqual([false, false]);
		lock.release();
		expect(readFileSync(file, 'utf8')).toBe(elsewhere);
	});

	it('is touched again and again by its owner', () => {
		const { lock } = createLock();
		lock.take();
		fs.utimesSync(file, 0, 0);
		expect(lock.touch()).toBe(true);
		expect(fs.statSync(file).mtimeMs).toBeGreaterThan(0);
	});
});
