// A directory whose mount goes away after the submit: it neither answers nor fails.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../../../support/expect.mts';
import {
	chunks,
	diskSilentAt,
	diskThat,
	diskThatAnswers,
	holdTimers,
	nothing,
	settling,
	type Step,
	STEPS,
	STEPS_WITHOUT_LINKS,
} from '../../support/disks.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';
import { useFlows } from '../../support/setup.mts';

const { saveFile, SAVE_STEP_MS } = dist<typeof SaveModule>('node-red/runtime/outputs/saveFile.cjs');

const start = useFlows();
let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'runcomfy-silent-'));
});
afterEach(() => {
	jest.useRealTimers();
	rmSync(directory, { recursive: true, force: true });
});

describe('a step of saving that is never answered', () => {
	it.each<Step>([...STEPS, ...STEPS_WITHOUT_LINKS, 'rm'])('is given up: %s', async (step) => {
		holdTimers();
		const place = join(directory, 'new');
		const links = !STEPS_WITHOUT_LINKS.some((one) => one === step);
		const { disk, asked, release } = diskSilentAt(step, { links });
		const saving = { disk };
		const stream = step === 'rm' ? nothing() : chunks(3);
		const outcome = settling(saveFile(place, 'a.png', stream, saving));
		await eventually(() => asked).toContain(step);
		jest.advanceTimersByTime(SAVE_STEP_MS - 1);
		await turns(5);
		expect(outcome).toEqual({});
		jest.advanceTimersByTime(1);
		await turns(5);
		expect(outcome.settled).toEqual(new Error(`${place} has not answered for 60 seconds`));

		// The next file of the run asks it nothing.
		const before = asked.length;
		await expect(saveFile(place, 'b.png', chunks(1), saving)).rejects.toThrow(
			/not answered.* until it does/,
		);
		expect(asked).toHaveLength(before);

		// What it was to do is done when it answers late; then all is tidied up.
		release();
		await eventually(() => jest.getTimerCount()).toBe(0);
		const files = () => readdirSync(directory, { recursive: true, encoding: 'utf8' });
		const made = step === 'stat' ? [] : ['new'];
		const named = step === 'link' || step === 'rename';
		const left = named ? [...made, join('new', 'a.png')] : made;
		await eventually(files).toEqual(left);
	});

	it('is left at once when the run is stopped', async () => {
		holdTimers();
		const abort = new AbortController();
		const { disk, asked, release } = diskSilentAt('write');
		const saving = { disk, signal: abort.signal };
		const outcome = settling(saveFile(directory, 'a.png', chunks(1), saving));
		await eventually(() => asked).toContain('write');
		abort.abort();
		await turns(5);
		expect(outcome.settled).toBeInstanceOf(Error);
		release();
		await eventually(() => readdirSync(directory)).toEqual([]);
	});

	it('is not begun where the run was stopped before', async () => {
		const { disk, asked } = diskSilentAt('write');
		const saving = { disk, signal: AbortSignal.abort() };
		await expect(saveFile(directory, 'a.png', chunks(1), saving)).rejects.toThrow('Stopped');
		expect(asked).toEqual([]);
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

describe('a run whose directory goes silent after the submit', () => {
	/** The files whose last step is never answered, of a run that goes on until it would be. */
	async function runSilent(silent: (path: string) => boolean) {
		const flow = await start('runcomfy-run', { output: 'saved', directory, includeTemp: true });
		const link = fs.link;
		let asked = 0;
		jest.spyOn(fs, 'link').mockImplementation(async (from, to) => {
			if (!silent(String(to))) return link(from, to);
			asked += 1;
			return new Promise<never>(() => undefined);
		});
		holdTimers();
		flow.receive({ deploymentId: flow.simulator.deploymentIds.mixed });
		await eventually(() => asked).toBeGreaterThan(0);
		await turns(50);
		jest.advanceTimersByTime(SAVE_STEP_MS);
		await flow.ended();
		return flow;
	}

	it('ends with an error that names it, and keeps the request', async () => {
		const { caught, sent, simulator } = await runSilent(() => true);
		const [requestId] = simulator.jobs.keys();
		expect(sent).toEqual([]);
		expect(caught).toMatchObject([
			{
				...{ requestId, status: 'succeeded' },
				error: {
					code: 'output_unavailable',
					message: expect.stringContaining(`${directory} has not answered for 60 seconds`),
					cause: {
						...{ requestId, retryable: false },
						hint: expect.stringMatching(/fetch the result again by its request id.* 7 days/),
					},
				},
			},
		]);
	});

	it('goes on with a warning where another file was saved', async () => {
		let spared: string | undefined;
		const { caught, sent, warned } = await runSilent((path) => {
			spared ??= path;
			return path !== spared;
		});
		expect(caught).toEqual([]);
		const saved = (sent[0]?.payload as unknown[]).filter((path) => path !== null);
		expect(saved).toEqual([spared]);
		expect(warned.length).toBeGreaterThan(0);
		for (const warning of warned) expect(warning).toContain(`${directory} has not answered`);
		expect(sent[0]).toHaveProperty('runcomfy.warnings', expect.arrayContaining(warned));
	});
});
