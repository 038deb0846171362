// Two commands of one clone at the same time: one builds while the other one uses what was built.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { buildInto } from '../../scripts/build/into.mjs';

let work: string;
let read: string;
let target: string;
beforeEach(() => {
	work = mkdtempSync(join(tmpdir(), 'runcomfy-build-'));
	read = join(work, 'sources');
	target = join(work, 'dist');
	write(read, { 'a.ts': '1' });
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

function write(folder: string, files: Record<string, string>): void {
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
}

const made = (name: string) => readFileSync(join(target, name), 'utf8');
/** A build that puts these files out. */
const putting = (files: Record<string, string>) =>
	jest.fn(async (folder: string) => write(folder, files));

it('does nothing where neither a source nor an output has changed', async () => {
	const make = putting({ 'a.js': '1', 'deep/b.js': '2' });
	await buildInto(target, { read, make });
	await buildInto(target, { read, make });
	expect(make).toHaveBeenCalledTimes(1);

	// What `npm pack` leaves behind, and texts.
	write(read, { 'package-1.0.0.tgz': '', 'README.md': '', 'node_modules/a.js': '' });
	await buildInto(target, { read, make });
	expect(make).toHaveBeenCalledTimes(1);

	const changes = [
		() => write(read, { 'a.ts': '2' }),
		() => write(read, { 'deep/new.ts': '' }),
		() => rmSync(join(read, 'deep/new.ts')),
		() => write(target, { 'deep/b.js': 'changed by hand' }),
		() => rmSync(join(target, 'a.js')),
		() => write(target, { 'stray.js': '' }),
		() => rmSync(target, { recursive: true }),
	];
	for (const [index, change] of changes.entries()) {
		change();
		await buildInto(target, { read, make });
		expect(make).toHaveBeenCalledTimes(index + 2);
		expect([made('a.js'), made('deep/b.js')]).toEqual(['1', '2']);
	}
	expect(existsSync(join(target, 'stray.js'))).toBe(false);
});

it('leaves nothing behind of a source that was renamed, and no empty folder', async () => {
	await buildInto(target, {
		read,
		make: putting({ 'x/y/old.js': '', 'file.js': '', 'dir/a.js': '' }),
	});
	write(read, { 'a.ts': '2' });
	await buildInto(target, { read, make: putting({ 'new.js': '', 'file.js/a.js': '', dir: '' }) });
	expect(readdirSync(target).sort()).toEqual(['.build', 'dir', 'file.js', 'new.js']);
	expect(readdirSync(join(target, '.build'))).toEqual(['made.json']);
});

it('keeps files that are the same as they were', async () => {
	await buildInto(target, { read, make: putting({ 'a.js': '1', 'b.js': '1' }) });
	const before = statSync(join(target, 'a.js'));
	write(read, { 'a.ts': '2' });
	await buildInto(target, { read, make: putting({ 'a.js': '1', 'b.js': '2' }) });
	expect(statSync(join(target, 'a.js')).ino).toBe(before.ino);
	expect(made('b.js')).toBe('2');
});

it('shows every file to a process that reads them meanwhile', async () => {
	const make = (round: number) => putting({ 'a.js': `${round}`, 'deep/b.js': `${round}` });
	await buildInto(target, { read, make: make(0) });
	const reader = spawn(
		process.execPath,
		[
			'-e',
			`const { readFileSync } = require('node:fs');
			process.on('message', () => process.send({ missing, reads }, () => process.exit()));
			let missing = 0, reads = 0;
			(function again() {
				for (const name of ['a.js', 'deep/b.js']) {
					try { readFileSync(name); reads += 1; } catch { missing += 1; }
				}
				setImmediate(again);
			})();
			process.send('started');`,
		],
		{ cwd: target, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
	);
	await once(reader, 'message');
	for (let round = 1; round <= 100; round += 1) {
		write(read, { 'a.ts': `${round}` });
		await buildInto(target, { read, make: make(round) });
	}
	const told = once(reader, 'message');
	reader.send('stop');
	const [{ missing, reads }] = (await told) as [{ missing: number; reads: number }];
	expect(missing).toBe(0);
	expect(reads).toBeGreaterThan(0);
});

it('is done once where two ask for it at the same time, and says that it waits', async () => {
	const make = putting({ 'a.js': '1' });
	const log = jest.fn();
	await Promise.all([
		buildInto(target, { read, make, log }),
		buildInto(target, { read, make, log }),
	]);
	expect(make).toHaveBeenCalledTimes(1);
	expect(log.mock.calls.flat()).toEqual([
		'Another build is at work: waiting for it.',
		'Nothing has changed since the last build.',
	]);
});

it('takes the place of a build whose process was killed, and tidies up after it', async () => {
	const dead = spawn(process.execPath, ['-e', '']);
	await once(dead, 'exit');
	write(target, { '.build/lock': `${dead.pid}`, '.build/next-1/half.js': '' });
	await buildInto(target, { read, make: putting({ 'a.js': '1' }) });
	expect(readdirSync(join(target, '.build'))).toEqual(['made.json']);
});

it('that fails changes nothing, and is tried again', async () => {
	await buildInto(target, { read, make: putting({ 'a.js': '1' }) });
	write(read, { 'a.ts': 'wrong' });
	const failing = async (folder: string) => {
		write(folder, { 'a.js': 'half' });
		throw new Error('does not compile');
	};
	await expect(buildInto(target, { read, make: failing })).rejects.toThrow('does not compile');
	expect(made('a.js')).toBe('1');
	const make = putting({ 'a.js': '2' });
	await buildInto(target, { read, make });
	expect(made('a.js')).toBe('2');
});
