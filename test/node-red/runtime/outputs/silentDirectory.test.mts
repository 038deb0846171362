// A directory whose mount goes away: it neither answers nor fails, and holds one of the few threads that
// Node-RED has for all files.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../../../support/expect.mts';
import {
	chunks,
	diskSilentAt,
	nothing,
	settling,
	type Step,
	STEPS,
	STEPS_WITHOUT_LINKS,
} from '../../support/disks.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';
import { holdTimers, useFlows } from '../../support/setup.mts';

const { probeDirectory, saveFile, SAVE_STEP_MS } = dist<typeof SaveModule>(
	'node-red/runtime/outputs/saveFile.cjs',
);

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

describe('a silent mount', () => {
	it('is asked one thing at a time, and nothing more until it answers', async () => {
		holdTimers();
		const { disk, asked, release } = diskSilentAt('open');
		const saves = Array.from({ length: 6 }, (_, n) =>
			settling(saveFile(directory, `${n}.png`, chunks(1), { disk })),
		);
		await eventually(() => asked).toContain('open');
		await turns(20);
		expect(asked.filter((step) => step === 'open')).toHaveLength(1);
		jest.advanceTimersByTime(SAVE_STEP_MS);
		await turns(5);
		for (const { settled } of saves) expect(String(settled)).toContain(directory);
		expect(saves.every(({ settled }) => settled instanceof Error)).toBe(true);

		const before = asked.length;
		await expect(saveFile(directory, 'a.png', chunks(1), { disk })).rejects.toThrow(
			/until it does/,
		);
		await expect(probeDirectory(directory, disk)).rejects.toThrow(/until it does/);
		expect(asked).toHaveLength(before);

		release();
		await eventually(() => asked).toContain('rm');
		await eventually(() => readdirSync(directory)).toEqual([]);
		expect((await saveFile(directory, 'a.png', chunks(1), { disk })).bytes).toBe(1);
	});

	it('leaves the others alone; where two are silent, nothing is written until one answers', async () => {
		holdTimers();
		const places = ['one', 'two'].map((name) => join(directory, name));
		const silent = places.map((place) => {
			const { disk, asked, release } = diskSilentAt('stat');
			return { asked, release, outcome: settling(saveFile(place, 'a.png', chunks(1), { disk })) };
		});
		const good = join(directory, 'good');
		// It comes when both places are taken, and before it is known that they are silent.
		const between = settling(saveFile(good, 'a.png', chunks(1)));
		await turns(20);
		expect(between).toEqual({});
		jest.advanceTimersByTime(SAVE_STEP_MS);
		await turns(5);
		for (const outcome of [...silent.map((one) => one.outcome), between]) {
			expect(outcome.settled).toBeInstanceOf(Error);
		}
		const refused = saveFile(good, 'a.png', chunks(1));
		await expect(refused).rejects.toThrow(
			places.map((place) => `${place} has not answered for 60 seconds`).join('; '),
		);

		silent[0]?.release();
		const saved = () => saveFile(good, 'a.png', chunks(1)).catch(String);
		await eventually(saved).toMatchObject({ bytes: 1 });
		silent[1]?.release();
		await eventually(() => jest.getTimerCount()).toBe(0);
	});
});

describe('a run whose directory goes silent after the submit', () => {
	/** The files whose last step is never answered, of a run that goes on until it would be. */
	async function runSilent(silent: (path: string) => boolean) {
		const flow = await start('runcomfy-run', { output: 'saved', directory });
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
				requestId,
				status: 'succeeded',
				error: {
					code: 'output_unavailable',
					message: expect.stringContaining(`${directory} has not answered for 60 seconds`),
					cause: {
						requestId,
						retryable: false,
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
