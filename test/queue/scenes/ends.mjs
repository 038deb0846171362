// Processes that end while runs are in progress.
import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../lib/measure.mjs';
import { delays, outcomeOf, retryFailed } from '../lib/outcome.mjs';

const kill = (...services) => Promise.all(services.map((service) => service.end('SIGKILL')));

/**
 * How it comes about, by name.
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
	'Redis restarted': { mode: 'queue', end: ({ redis }) => redis.end('SIGTERM') },
	'PostgreSQL restarted': { mode: 'queue', end: ({ postgres }) => postgres.end('SIGINT') },
	'SIGKILL (regular)': { mode: 'regular', end: ({ main }) => kill(main) },
	'SIGINT with its grace (regular)': {
		mode: 'regular',
		end: ({ main }) => main.end('SIGINT', 120_000),
	},
};

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {object} options
 * @param {keyof typeof ENDS} options.end
 * @param {number} options.count
 * @param {number} options.runMs
 * @param {number} [options.afterMs] between the last submit and the end
 * @param {number} [options.downMs] between the end and the start
 * @param {number} [options.withinMs] after the start and the end of the runs, for results to come out
 */
export async function endDuringRuns(world, options) {
	const { end, count, runMs, afterMs = 5_000, downMs = 1_000, withinMs = 150_000 } = options;
	world.simulator.update({ latencyMs: runMs });
	const marks = await world.submitMany(count);
	await world.accepted(marks);
	// Where n8n gives an execution up, its data may go.
	await world.executions.byMark();
	await pause(afterMs);
	const ending = Date.now();
	await ENDS[end].end(world.instance);
	const endedAfterS = seconds(Date.now() - ending);
	await pause(downMs);
	await world.instance.revive();
	const restarted = Date.now();
	await world.settle(marks, runMs + withinMs);
	// Some servers end by themselves while another one is away.
	await world.instance.revive();
	const outcome = await outcomeOf(world, marks);
	const resultAfterS = delays(world, marks, restarted);
	world.simulator.update({ latencyMs: 1_000 });
	return { ...outcome, endedAfterS, resultAfterS, ...(await retryFailed(world, marks, 60_000)) };
}
