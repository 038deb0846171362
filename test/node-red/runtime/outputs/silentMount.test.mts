// A mount that never answers holds one of the few threads that Node-RED has for all files.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type * as SaveModule from '../../../../node-red/runtime/outputs/saveFile.cts';
import { eventually } from '../../../support/expect.mts';
import { chunks, diskSilentAt, holdTimers, settling } from '../../support/disks.mts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/flow.mts';

const { probeDirectory, saveFile, SAVE_STEP_MS } = dist<typeof SaveModule>(
	'node-red/runtime/outputs/saveFile.cjs',
);

let root: string;
beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'runcomfy-mount-'));
});
afterEach(() => {
	jest.useRealTimers();
	rmSync(root, { recursive: true, force: true });
});

it('is asked one thing at a time, and nothing more until it answers', async () => {
	holdTimers();
	const { disk, asked, release } = diskSilentAt('open');
	const saves = Array.from({ length: 6 }, (_, n) =>
		settling(saveFile(root, `${n}.png`, chunks(1), { disk })),
	);
	await eventually(() => asked).toContain('open');
	await turns(20);
	expect(asked.filter((step) => step === 'open')).toHaveLength(1);
	jest.advanceTimersByTime(SAVE_STEP_MS);
	await turns(5);
	for (const { settled } of saves) expect(String(settled)).toContain(root);
	expect(saves.every(({ settled }) => settled instanceof Error)).toBe(true);

	const before = asked.length;
	await expect(saveFile(root, 'a.png', chunks(1), { disk })).rejects.toThrow(/until it does/);
	await expect(probeDirectory(root, disk)).rejects.toThrow(/until it does/);
	expect(asked).toHaveLength(before);

	release();
	await eventually(() => asked).toContain('rm');
	await eventually(() => readdirSync(root)).toEqual([]);
	expect((await saveFile(root, 'a.png', chunks(1), { disk })).bytes).toBe(1);
});

it('leaves the others alone; where two are silent, nothing is written until one answers', async () => {
	holdTimers();
	const places = ['one', 'two'].map((name) => join(root, name));
	const silent = places.map((place) => {
		const { disk, asked, release } = diskSilentAt('stat');
		return { asked, release, outcome: settling(saveFile(place, 'a.png', chunks(1), { disk })) };
	});
	const good = join(root, 'good');
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
