// Files on the disk: where they go, what they are called, and how they are written.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../../../support/expect.mts';
import { chunks, diskThat, diskThatAnswers } from '../../support/disks.mts';
import { dist } from '../../support/dist.mts';
import { holdTimers, useFlows } from '../../support/setup.mts';

const { saveFile, SAVE_STEP_MS } = dist<typeof SaveModule>('node-red/runtime/outputs/saveFile.cjs');

const start = useFlows();
let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'runcomfy-saving-'));
});
afterEach(() => {
	jest.useRealTimers();
	rmSync(directory, { recursive: true, force: true });
});

describe('the directory, before anything is paid for', () => {
	async function run(given: string, settings = {}) {
		const flow = await start('runcomfy-run', { output: 'saved', directory: given }, { settings });
		flow.receive({ deploymentId: flow.simulator.deploymentIds.textToImage });
		await flow.ended();
		return flow;
	}

	// In /proc Node's own recursive mkdir never returns.
	const IMPOSSIBLE = process.platform === 'linux' ? ['/dev/null/x', '/proc/nope', '/proc/a/b'] : [];

	it.each(['file/x', ...IMPOSSIBLE])('is refused without a submit if it is %s', async (name) => {
		writeFileSync(join(directory, 'file'), 'mine');
		const path = resolve(directory, name);
		const { caught, simulator } = await run(path);
		expect(caught[0]?.error).toMatchObject({ code: 'invalid_input' });
		expect(caught[0]?.error?.message).toContain(path);
		expect(simulator.count('submit')).toBe(0);
	});

	it('counts from where Node-RED’s file nodes do, is made, and holds nothing else', async () => {
		const { sent } = await run('a/b', { fileWorkingDirectory: directory });
		const path = join(directory, 'a', 'b', 'ComfyUI_00001_.png');
		expect(sent[0]?.payload).toEqual([path]);
		expect(readdirSync(join(directory, 'a', 'b'))).toEqual([basename(path)]);
	});
});

describe('a saved file', () => {
	async function* bytes(...chunks: string[]) {
		for (const chunk of chunks) yield Buffer.from(chunk);
	}
	async function* broken() {
		yield Buffer.from('half');
		throw new Error('broke off');
	}
	async function* swept() {
		yield Buffer.from('whole');
		await eventually(() => readdirSync(directory)).toHaveLength(1);
		for (const part of readdirSync(directory)) rmSync(join(directory, part));
	}

	it('stays in its directory whatever it is called', async () => {
		for (const name of ['../../evil.png', '/etc/evil.png', 'C:\\evil.png', '..', '']) {
			const { value } = await saveFile(directory, name, bytes('x'));
			expect(resolve(value).startsWith(directory)).toBe(true);
		}
		expect(readdirSync(directory).sort()).toEqual(
			['evil.png', 'evil_2.png', 'evil_3.png', 'output', 'output_2'].sort(),
		);
	});

	it('leaves nothing behind when it is empty or breaks off', async () => {
		expect(await saveFile(directory, 'a.png', bytes())).toMatchObject({ bytes: 0 });
		await expect(saveFile(directory, 'a.png', broken())).rejects.toThrow('broke off');
		expect(readdirSync(directory)).toEqual([]);
	});

	it('leaves nothing behind when another program takes it away before it is complete', async () => {
		await expect(saveFile(directory, 'a.png', swept())).rejects.toThrow('ENOENT');
		expect(readdirSync(directory)).toEqual([]);
	});
});

it('a large file on a slow disk that goes on is left alone', async () => {
	holdTimers();
	let waited = 0;
	const disk = diskThat(async () => {
		waited += SAVE_STEP_MS - 1;
		jest.advanceTimersByTime(SAVE_STEP_MS - 1);
	});
	const mebibytes = (async function* () {
		for (let at = 0; at < 5; at += 1) yield Buffer.alloc(1024 * 1024, at);
	})();
	const { bytes, value } = await saveFile(directory, 'a.png', mebibytes, { disk });
	expect(bytes).toBe(5 * 1024 * 1024);
	expect(readFileSync(value).at(-1)).toBe(4);
	expect(waited).toBeGreaterThan(5 * (SAVE_STEP_MS - 1));
	expect(jest.getTimerCount()).toBe(0);
});

it('chunks that are smaller than one step are written together', async () => {
	const { disk, asked } = diskThatAnswers();
	const { bytes, value } = await saveFile(directory, 'a.png', chunks(200), { disk });
	expect(bytes).toBe(200);
	expect(readFileSync(value)).toEqual(Buffer.from([...Array(200).keys()]));
	expect(asked.filter((step) => step === 'write')).toHaveLength(1);
});

it('a chunk that is larger than one step is written in pieces', async () => {
	const large = Buffer.alloc(2_500_000, 'runcomfy');
	const { disk, asked } = diskThatAnswers();
	async function* stream() {
		yield large;
	}
	const { bytes, value } = await saveFile(directory, 'a.bin', stream(), { disk });
	expect(bytes).toBe(large.length);
	expect(readFileSync(value).equals(large)).toBe(true);
	expect(asked.filter((step) => step === 'write')).toHaveLength(3);
});

it('a file gets its name also on a disk without links, and replaces nothing', async () => {
	const { disk, asked } = diskThatAnswers({ links: false });
	const save = () => saveFile(directory, 'a.png', chunks(3), { disk });
	const saved = await Promise.all([save(), save()]);
	expect(saved.map(({ value }) => basename(value)).sort()).toEqual(['a.png', 'a_2.png']);
	for (const { value } of saved) expect(readFileSync(value)).toEqual(Buffer.from([0, 1, 2]));
	expect(readdirSync(directory)).toHaveLength(2);
	expect(asked).toContain('rename');
});

it('a file gets its name in one step where the disk has links', async () => {
	const seen: string[][] = [];
	const disk = diskThat(async () => seen.push(readdirSync(directory)));
	await saveFile(directory, 'a.png', chunks(3), { disk });
	expect(seen.some((names) => names.length === 2)).toBe(true);
	const sizes = seen.flat().filter((name) => !name.endsWith('.part'));
	expect(new Set(sizes)).toEqual(new Set(['a.png']));
	expect(readdirSync(directory)).toEqual(['a.png']);
});

it('what the disk did not take of a step is written in the next', async () => {
	const { disk } = diskThatAnswers();
	const open: typeof disk.open = async (path, flags) => {
		const file = await disk.open(path, flags);
		const some = ([first = new Uint8Array()]: Uint8Array[]) => [first.subarray(0, 3)];
		return { ...file, writev: (taken) => file.writev(some(taken)) };
	};
	async function* stream() {
		yield Buffer.from('four');
		yield Buffer.from('');
		yield Buffer.from('and more');
	}
	const { bytes, value } = await saveFile(directory, 'a.txt', stream(), {
		disk: { ...disk, open },
	});
	expect(bytes).toBe(12);
	expect(readFileSync(value, 'utf8')).toBe('fourand more');
});
