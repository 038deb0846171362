// Processes that end while runs are in progress, and what becomes of the executions.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { hasFailed } from './world.mjs';

/** The figures of all tests, for people. @param {string} what @param {string} text */
export const record = (what, text) => console.log(`${what}: ${text}`);

const kill = (...services) => Promise.all(services.map((service) => service.stop('SIGKILL')));

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

/** Of a run that ends when the test says so, however long the processes take. */
const RUN_MS = 1_200_000;

/**
 * Submits, waits until n8n has stored all as waiting, ends processes, and starts them again.
 * @param {import('./world.mjs').World} world
 * @param {{end: keyof typeof ENDS, downMs?: number}} options `downMs` is between the
 * end and the start
 */
export async function beginEnd(world, { end, downMs = 1_000 }) {
	world.simulator.update({ latencyMs: RUN_MS });
	const marks = await world.submitMany(4);
	await world.accepted(marks);
	await until('all are parked', async () => {
		const known = await world.executions.byMark();
		return marks.every((mark) => known.get(mark)?.[0]?.status === 'waiting');
	});
	await ENDS[end].end(world.instance);
	await pause(downMs);
	await world.instance.revive();
	return { end, marks };
}

/**
 * Has the runs end, waits for the results, and then retries what has failed.
 * @param {import('./world.mjs').World} world
 * @param {Awaited<ReturnType<typeof beginEnd>>} begun
 */
export async function finishEnd(world, { end, marks }) {
	world.endRuns(RUN_MS);
	await world.settle(marks, 200_000);
	// Some servers end by themselves while another one is away.
	await world.instance.revive();
	const outcome = await outcomeOf(world, marks);
	world.simulator.update({ latencyMs: 1_000 });
	const told = { ...outcome, ...(await retryFailed(world, marks)) };
	record(end, JSON.stringify(told));
	return told;
}

/**
 * Told from RunComfy's side, and from where results are handed over.
 * @param {import('./world.mjs').World} world
 * @param {number[]} marks
 */
export async function outcomeOf(world, marks) {
	const { jobsOf, deliveredAt, deliveries, executions } = world;
	const paid = marks.filter((mark) => jobsOf(mark).length > 0);
	const lost = paid.filter((mark) => deliveredAt(mark) === undefined);
	const known = await executions.byMark();
	const errors = lost.flatMap((mark) => (known.get(mark) ?? []).slice(0, 1).filter(hasFailed));
	return {
		submitted: marks.length,
		paid: paid.length,
		delivered: paid.length - lost.length,
		lost: lost.length,
		/** Requests beyond the first of each execution. */
		twice: sum(marks.map((mark) => Math.max(0, jobsOf(mark).length - 1))),
		/** Results that came out more than once. */
		repeated: marks.filter((mark) => (deliveries.get(mark)?.length ?? 0) > 1).length,
		/** What n8n says of the lost ones. */
		errors: await Promise.all(errors.map(({ id }) => executions.errorOf(id))),
	};
}

/** *Executions > Retry* of every one of them that failed: what it pays and what it brings. */
async function retryFailed(world, marks) {
	const { executions, jobsOf, deliveredAt, settle } = world;
	const known = await executions.byMark();
	const failed = marks.filter((mark) => {
		const [newest] = known.get(mark) ?? [];
		return newest && hasFailed(newest) && deliveredAt(mark) === undefined;
	});
	const paid = failed.filter((mark) => jobsOf(mark).length > 0);
	const before = sum(paid.map((mark) => jobsOf(mark).length));
	await Promise.all(failed.map((mark) => executions.retry(known.get(mark)[0].id)));
	// The retry is another execution: until it is there, the failed one is the newest.
	if (failed.length > 0) await pause(3_000);
	await settle(failed, 60_000);
	return {
		/** Accepted submits for what had been paid for. */
		paidAgain: sum(paid.map((mark) => jobsOf(mark).length)) - before,
		broughtBack: failed.filter((mark) => deliveredAt(mark) !== undefined).length,
	};
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** A parked execution loses nothing, nothing is paid for twice by itself, and *Retry* of it pays for nothing. */
export function assertKept(outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
	assert.equal(outcome.lost, 0, `lost: ${told}`);
	assert.equal(outcome.paidAgain, 0, `paid again by Retry: ${told}`);
}

/** Where n8n itself takes parked executions for crashed: *Retry* of them goes on with what is paid for. */
export function assertRetryBringsBack(outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
	assert.equal(outcome.paidAgain, 0, `paid again by Retry: ${told}`);
	assert.equal(outcome.delivered + outcome.broughtBack, outcome.paid, `not brought back: ${told}`);
}

export function assertAllOut(outcome) {
	const told = JSON.stringify(outcome);
	assert.equal(outcome.delivered, outcome.submitted, `not delivered: ${told}`);
	assert.equal(outcome.twice, 0, `paid twice: ${told}`);
}
