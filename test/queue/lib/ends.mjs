// Processes that end while runs are in progress, and the outcome of the executions.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';

const kill = (...services) => Promise.all(services.map((service) => service.stop('SIGKILL')));

/**
 * Ways to end a process, by name.
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
		end: ({ workers }) => Promise.all(workers.map((worker) => worker.stop('SIGTERM', 120_000))),
	},
	'Rolling restart of the workers': {
		mode: 'queue',
		async end({ workers }) {
			for (const worker of workers) {
				await worker.stop('SIGTERM', 120_000);
				await worker.start();
			}
		},
	},
	'Redis restarted': { mode: 'queue', end: ({ redis }) => redis.stop('SIGTERM') },
	'PostgreSQL restarted': { mode: 'queue', end: ({ postgres }) => postgres.stop('SIGINT') },
	'SIGKILL (regular)': { mode: 'regular', end: ({ main }) => kill(main) },
	'SIGINT with its grace (regular)': {
		mode: 'regular',
		end: ({ main }) => main.stop('SIGINT', 120_000),
	},
};

/** Long enough that runs end only when the test says so, however slow the processes are. */
const RUN_MS = 1_200_000;

/**
 * Submits, waits until n8n has stored all executions as waiting, ends processes, and restarts them.
 * @param {import('./world.mjs').World} world
 * @param {keyof typeof ENDS} end
 * @param {number} downMs between the end and the start
 */
export async function beginEnd(world, end, downMs = 1_000) {
	world.simulator.update({ latencyMs: RUN_MS });
	const marks = await world.submitMany(4);
	await until('all are parked', async () => {
		const known = await world.executions.byMark();
		return marks.every((mark) => known.get(mark)?.[0]?.status === 'waiting');
	});
	await ENDS[end].end(world.instance);
	await pause(downMs);
	await world.instance.revive();
	return marks;
}

/**
 * Lets the runs end, and waits for the results.
 * @param {import('./world.mjs').World} world
 * @param {number[]} marks
 */
export async function finishEnd(world, marks) {
	world.endRuns(RUN_MS);
	await world.settle(marks, 200_000);
	// Some servers exit by themselves while another one is down.
	await world.instance.revive();
}

/** *Executions > Retry* for executions without a result. @type {typeof finishEnd} */
export async function retryLost({ executions, isDelivered, settle }, marks) {
	const known = await executions.byMark();
	const lost = marks.filter((mark) => !isDelivered(mark));
	await Promise.all(lost.map((mark) => executions.retry(known.get(mark)[0].id)));
	// The retry is another execution: until it exists, the failed one is the newest.
	await pause(3_000);
	await settle(lost, 60_000);
}

/** Asserts that each execution was paid for once, and has a result. */
export function assertAllOut({ jobsOf, isDelivered }, marks) {
	assert.deepEqual(
		marks.map((mark) => ({ paid: jobsOf(mark).length, isOut: isDelivered(mark) })),
		marks.map(() => ({ paid: 1, isOut: true })),
	);
}
