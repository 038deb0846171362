// Processes that end while runs are in progress.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { seconds } from '../lib/measure.mjs';
import { delays, outcomeOf, retryFailed } from '../lib/outcome.mjs';

const kill = (...services) => Promise.all(services.map((service) => service.end('SIGKILL')));

/**
 * How to end processes, by name.
 * @type {Record<string, {mode: 'regular' | 'queue', end: (instance: any) => Promise<unknown>}>}
 */
export const ENDS = {
	'SIGKILL of one worker': { mode: 'queue', end: ({ workers }) => kill(workers[0]) },
	'SIGKILL of both workers': { mode: 'queue', end: ({ workers }) => kill(...workers) },
	'SIGKILL of main (queue)': { mode: 'queue', end: ({ main }) => kill(main) },
	'SIGKILL of main and both workers': {
		mode: 'queue',
		end: ({ main, workers }) => kill(main, ...workers),
	},
	'SIGTERM of both workers': {
		mode: 'queue',
		end: ({ workers }) => Promise.all(workers.map((worker) => worker.end('SIGTERM', 120_000))),
	},
	'Rolling restart of the workers': {
		mode: 'queue',
		async end({ workers }) {
			for (const worker of workers) {
				await worker.end('SIGTERM', 120_000);
				await worker.start();
			}
		},
	},
	'Redis restarted': { mode: 'queue', end: ({ redis }) => redis.end('SIGTERM') },
	'PostgreSQL restarted': { mode: 'queue', end: ({ postgres }) => postgres.end('SIGINT') },
	'SIGKILL (regular)': { mode: 'regular', end: ({ main }) => kill(main) },
	'SIGINT with its grace (regular)': {
		mode: 'regular',
		end: ({ main }) => main.end('SIGINT', 120_000),
	},
};

/**
 * @typedef {object} EndOptions
 * @property {keyof typeof ENDS} end
 * @property {number} count
 * @property {number} runMs
 * @property {number} [afterMs] between the last submit and the end
 * @property {boolean} [untilParked] whether the end waits until n8n has stored all as waiting
 * @property {number} [downMs] between the end and the start
 */

/**
 * Submits, ends processes, and starts them again.
 * @param {import('../lib/world.mjs').World} world
 * @param {EndOptions} options
 */
export async function beginEnd(world, options) {
	const { end, count, runMs, afterMs = 5_000, untilParked = false, downMs = 1_000 } = options;
	world.simulator.update({ latencyMs: runMs });
	const marks = await world.submitMany(count);
	await world.accepted(marks);
	await pause(afterMs);
	// If n8n gives an execution up, its data may go.
	const newest = async () => {
		const known = await world.executions.byMark();
		return marks.map((mark) => known.get(mark)?.[0]);
	};
	await newest();
	if (untilParked) {
		const parked = async () => (await newest()).every((one) => one?.status === 'waiting');
		await until('all are parked', parked);
	}
	const ending = Date.now();
	await ENDS[end].end(world.instance);
	const endedAfterS = seconds(Date.now() - ending);
	await pause(downMs);
	await world.instance.revive();
	return { marks, runMs, endedAfterS, restarted: Date.now() };
}

/**
 * Waits for the results, and then retries what has failed.
 * @param {import('../lib/world.mjs').World} world
 * @param {Awaited<ReturnType<typeof beginEnd>>} begun
 * @param {number} [withinMs] how long after the start and the end of the runs results may come out
 */
export async function finishEnd(world, begun, withinMs = 150_000) {
	const { marks, runMs, endedAfterS, restarted } = begun;
	await world.settle(marks, runMs + withinMs);
	// Some servers end by themselves while another one is down.
	await world.instance.revive();
	const outcome = await outcomeOf(world, marks);
	const resultAfterS = delays(world, marks, restarted);
	world.simulator.update({ latencyMs: 1_000 });
	return { ...outcome, endedAfterS, resultAfterS, ...(await retryFailed(world, marks, 60_000)) };
}

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {EndOptions & {withinMs?: number}} options
 */
export async function endDuringRuns(world, { withinMs, ...options }) {
	return finishEnd(world, await beginEnd(world, options), withinMs);
}
