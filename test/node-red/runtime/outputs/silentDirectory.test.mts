// A directory whose mount goes away after the submit: it neither answers nor fails.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../../../support/expect.mts';
import {
	chunks,
	diskSilentAt,
	diskThat,
	holdTimers,
	nothing,
	settling,
	type Step,
	STEPS,
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
	it.each<Step>([...STEPS, 'rm'])('is given up after its time: %s', async (step) => {
		holdTimers();
		const place = join(directory, 'new');
		const { disk, asked, release } = diskSilentAt(step);
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
		const left = step === 'rename' ? [...made, join('new', 'a.png')] : made;
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
	const { disk, asked } = diskSilentAt('rm');
	const { bytes, value } = await saveFile(directory, 'a.png', chunks(200), { disk });
	expect(bytes).toBe(200);
	expect(readFileSync(value)).toEqual(Buffer.from([...Array(200).keys()]));
	expect(asked.filter((step) => step === 'write')).toHaveLength(1);
});

it('a chunk that is larger than one step is written in pieces', async () => {
	const large = Buffer.alloc(2_500_000, 'runcomfy');
	const { disk, asked } = diskSilentAt('rm');
	async function* stream() {
		yield large;
	}
	const { bytes, value } = await saveFile(directory, 'a.bin', stream(), { disk });
	expect(bytes).toBe(large.length);
	expect(readFileSync(value).equals(large)).toBe(true);
	expect(asked.filter((step) => step === 'write')).toHaveLength(3);
});

describe('a run whose directory goes silent after the submit', () => {
	/** The files whose last step is never answered, of a run that goes on until it would be. */
	async function runSilent(silent: (path: string) => boolean) {
		const flow = await start('runcomfy-run', { output: 'saved', directory, includeTemp: true });
		const rename = fs.rename;
		let asked = 0;
		jest.spyOn(fs, 'rename').mockImplementation(async (from, to) => {
			if (!silent(String(to))) return rename(from, to);
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
