// One process at a time writes the journal of a user directory.
import { execFileSync } from 'node:child_process';
import fs, { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as LockModule from '../../../../node-red/runtime/journal/lock.cts';
import { dist, root } from '../../support/dist.mts';

const { takeLock, releaseLock } = dist<typeof LockModule>('node-red/runtime/journal/lock.cjs');

let dir: string;
beforeEach(() => {
	dir = mkdtempSync(join(tmpdir(), 'runcomfy-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the lock of a journal', () => {
	it('keeps another process out until it has ended', () => {
		const held = join(dir, 'lock');
		expect(takeLock(held)).toBe(true);
		const other = () =>
			execFileSync(
				process.execPath,
				[
					'-p',
					`require('./dist/node-red/runtime/journal/lock.cjs').takeLock(${JSON.stringify(held)})`,
				],
				{ cwd: root, encoding: 'utf8' },
			).trim();
		expect(other()).toBe('false');
		releaseLock(held);
		expect(existsSync(held)).toBe(false);
		expect(other()).toBe('true');
		expect(takeLock(held)).toBe(true);
	});

	(process.platform === 'linux' ? it : it.skip)('is not that of a process with the same id', () => {
		const held = join(dir, 'lock');
		writeFileSync(held, `${process.ppid} 1`);
		expect(takeLock(held)).toBe(true);
	});

	it.each(['', 'nonsense', '-1 2'])('that says %j is nobody’s', (text) => {
		const held = join(dir, 'lock');
		writeFileSync(held, text);
		fs.utimesSync(held, 0, 0);
		expect(takeLock(held)).toBe(true);
	});

	it('that says nothing yet is being written', () => {
		const held = join(dir, 'lock');
		writeFileSync(held, '');
		expect(takeLock(held)).toBe(false);
		expect(existsSync(held)).toBe(true);
	});

	it('is not taken from a process that has taken it over in the meantime', () => {
		const held = join(dir, 'lock');
		writeFileSync(held, 'of a process that has ended');
		const other = `${process.ppid} ${startOf(process.ppid)}`;
		const { readFileSync: original } = fs;
		const reading = jest.spyOn(fs, 'readFileSync').mockImplementation((...args) => {
			const text = original(...args);
			if (args[0] === held) writeFileSync(held, other);
			return text;
		});
		expect(takeLock(held)).toBe(false);
		reading.mockRestore();
		expect(readFileSync(held, 'utf8')).toBe(other);
		expect(fs.readdirSync(dir)).toEqual(['lock']);
	});
});

/** As the lock tells it: the 22nd field, of which the second may hold blanks. */
function startOf(pid: number): string {
	if (process.platform !== 'linux') return '';
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
