// One process at a time writes the journal of a user directory.
import { execFileSync, spawn } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import { eventually } from '../../../support/expect.mts';
import { itWhere } from '../../../support/itWhere.mts';
import { dist, root } from '../../support/dist.mts';

const { createLock, GONE_MS, GONE_HERE_MS, HERE, startOf, isSameProcess } = dist<typeof LockModule>(
	'node-red/runtime/journal/lock.cjs',
);

const onLinux = itWhere(
	process.platform === 'linux',
	'only Linux tells in /proc when a process started',
);

let dir: string;
let file: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'runcomfy-lock-'));
	file = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A clock that the test sets. */
function createClock() {
	let now = 0;
	return { now: () => now, pass: (ms: number) => void (now += ms) };
}

function stateOf(pid: number) {
	return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

describe('the lock of a journal', () => {
	it('keeps another process out until it has ended', () => {
		const lock = createLock(file);
		expect([lock.take(), lock.take(), lock.keep()]).toEqual([true, true, true]);
		const other = () =>
			execFileSync(
				process.execPath,
				[
					'-p',
					`require('./dist/node-red/runtime/journal/lock.cjs').createLock(${JSON.stringify(file)}).take()`,
				],
				{ cwd: root, encoding: 'utf8' },
			).trim();
		expect(other()).toBe('false');
		lock.release();
		expect(existsSync(file)).toBe(false);
		expect(other()).toBe('true');
		expect(lock.take()).toBe(true);
	});

	onLinux('is not that of a process with the same id, nor of one that is only a zombie', () => {
		writeFileSync(file, `${process.ppid} 1`);
		expect(createLock(file).take()).toBe(true);
	});

	onLinux('is free when its owner has been killed, also before its parent has asked', async () => {
		// A shell that is stopped does not ask what became of its child.
		const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; wait'], { stdio: 'pipe' });
		const pid = await new Promise<number>((resolve) =>
			shell.stdout.once('data', (data: Buffer) => resolve(Number(String(data)))),
		);
		const shellPid = Number(shell.pid);
		process.kill(shellPid, 'SIGSTOP');
		await eventually(() => stateOf(shellPid)).toBe('T');
		writeFileSync(file, `${pid} ${startOf(pid)} ${HERE} x`);
		expect(createLock(file).take()).toBe(false);
		process.kill(pid, 'SIGKILL');
		await eventually(() => stateOf(pid)).toBe('Z');
		expect(isSameProcess({ pid, start: startOf(pid) })).toBe(false);
		expect(createLock(file).take()).toBe(true);
		shell.kill('SIGKILL');
	});

	it.each(['', 'nonsense', '-1 2'])('that says %j is nobody’s', (text) => {
		writeFileSync(file, text);
		fs.utimesSync(file, 0, 0);
		expect(createLock(file).take()).toBe(true);
	});

	it('that says nothing yet is being written', () => {
		writeFileSync(file, '');
		expect(createLock(file).take()).toBe(false);
		expect(existsSync(file)).toBe(true);
	});

	it('is not taken from a process that has taken it over in the meantime', () => {
		writeFileSync(file, 'nonsense');
		const other = `${process.ppid} ${startOf(process.ppid)} ${HERE} x`;
		const { renameSync: original } = fs;
		const renaming = jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
			if (from === file) writeFileSync(file, other);
			original(from, to);
		});
		expect(createLock(file).take()).toBe(false);
		renaming.mockRestore();
		expect(readFileSync(file, 'utf8')).toBe(other);
		expect(fs.readdirSync(dir)).toEqual(['lock']);
	});
});

describe('the lock of a process in another container', () => {
	// The first process of each container has the id 1.
	const elsewhere = '1 4711 another-kernel/pid:[1] x';

	it('is not taken while that touches it, however long it lasts', () => {
		const clock = createClock();
		writeFileSync(file, elsewhere);
		const lock = createLock(file, clock.now);
		for (let touches = 1; touches < 20; touches += 1) {
			expect(lock.take()).toBe(false);
			clock.pass(GONE_MS - 1);
			// Its clock may be far from ours.
			fs.utimesSync(file, touches, touches);
		}
	});

	it('is taken when that has not touched it for a while', () => {
		const clock = createClock();
		writeFileSync(file, elsewhere);
		const lock = createLock(file, clock.now);
		expect(lock.take()).toBe(false);
		clock.pass(GONE_MS - 1);
		expect(lock.take()).toBe(false);
		clock.pass(1);
		expect(lock.take()).toBe(true);
		expect(lock.keep()).toBe(true);
	});

	onLinux('is taken sooner if that ran since the same start of this machine', () => {
		const clock = createClock();
		const [boot] = HERE.split('/');
		writeFileSync(file, `1 4711 ${boot}/pid:[1] x`);
		const lock = createLock(file, clock.now);
		expect([lock.take(), lock.isFree(), lock.isInUse()]).toEqual([false, false, false]);
		clock.pass(GONE_HERE_MS - 1);
		expect([lock.take(), lock.isFree()]).toEqual([false, false]);
		clock.pass(1);
		expect([lock.isFree(), lock.take()]).toEqual([true, true]);
		expect(lock.isFree()).toBe(true);
		lock.release();
		expect(lock.isFree()).toBe(true);
	});

	it('counts as in use once that has touched it while we watched', () => {
		writeFileSync(file, elsewhere);
		const lock = createLock(file, createClock().now);
		lock.take();
		lock.take();
		expect(lock.isInUse()).toBe(false);
		fs.utimesSync(file, 5, 5);
		lock.take();
		expect(lock.isInUse()).toBe(true);
	});

	it('shows that it was taken from us, and is not given up for us', () => {
		const lock = createLock(file);
		expect(lock.take()).toBe(true);
		writeFileSync(file, elsewhere);
		expect(lock.keep()).toBe(false);
		lock.release();
		expect(readFileSync(file, 'utf8')).toBe(elsewhere);
	});

	it('is touched again and again by its owner', () => {
		const lock = createLock(file);
		lock.take();
		fs.utimesSync(file, 0, 0);
		expect(lock.keep()).toBe(true);
		expect(fs.statSync(file).mtimeMs).toBeGreaterThan(0);
	});
});
