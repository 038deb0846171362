// When requests start and end: instances, cold starts and queues, on a virtual clock and on the system's.
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/expect.mts';
import { START, start, startOnTimers } from './support.mts';

const MINUTE = 60_000;

describe('on a virtual clock', () => {
	it('a warm instance takes the next request at once, a cooled-down one does not', async () => {
		const { run, status, pass } = await start({ coldStartMs: MINUTE, latencyMs: 1000 });
		await run('textToImage');
		pass(MINUTE + 1000);
		const warm = await run('textToImage');
		expect((await status(warm)).json['status']).toBe('in_progress');
		pass(1000 + 61_000);
		const cold = await run('textToImage');
		expect((await status(cold)).json['status']).toBe('in_queue');
	});

	it('requests beyond the slots queue in order and move up', async () => {
		const { sim, run, status, pass } = await start({ maxInstances: 2, latencyMs: 1000 });
		const ids: string[] = [];
		for (let i = 0; i < 5; i += 1) ids.push(await run('textToImage'));
		const states = async () =>
			Promise.all(
				ids.map(async (id) => {
					const { json } = await status(id);
					return json['queue_position'] ?? json['status'];
				}),
			);
		expect(await states()).toEqual(['in_progress', 'in_progress', 1, 2, 3]);
		pass(1000);
		expect(await states()).toEqual(['completed', 'completed', 'in_progress', 'in_progress', 1]);
		pass(2000);
		expect(new Set([...sim.jobs.values()].map((job) => job.instanceId)).size).toBe(2);
		expect([...sim.jobs.values()].at(-1)?.finishedAt).toBe(START + 3000);
	});

	it('a cancelled run frees its slot at that moment', async () => {
		const { sim, run, cancel, pass } = await start({ maxInstances: 1, latencyMs: 10_000 });
		const [first, second] = [await run('textToImage'), await run('textToImage')];
		pass(4000);
		await cancel(first);
		pass(20_000);
		expect(sim.jobs.get(first)).toMatchObject({ state: 'canceled', finishedAt: START + 4000 });
		expect(sim.jobs.get(second)).toMatchObject({
			startedAt: START + 4000,
			finishedAt: START + 14_000,
		});
	});
});

describe('on the clock of the system', () => {
	it('jobs end and are logged by themselves', async () => {
		const lines: string[] = [];
		const log = (line: string) => lines.push(line);
		const { sim, run, pass } = await startOnTimers({ latencyMs: MINUTE, log });
		const id = await run('textToImage');
		await eventually(() => {
			pass(MINUTE);
			return lines.map((line) => line.split(' ')[2]);
		}).toEqual(['in_queue', 'in_progress', 'succeeded']);
		expect(lines.at(-1)).toBe(`text-to-image ${id} succeeded after 60.0 s`);
		expect(lines.join('\n')).not.toContain(sim.token);
	});
});
