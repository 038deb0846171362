// A stream of executions, while processes end at random, again and again.
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '../../e2e/lib/random.mjs';
import { seconds } from '../lib/measure.mjs';
import { outcomeOf, retryFailed } from '../lib/outcome.mjs';
import { openStates } from '../lib/stored.mjs';
import { startWaits } from './waits-beside.mjs';

const RUN_MS = [2_000, 15_000];

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {{ends: number, seed: number, inFlight: number, withinMs?: number}} options
 */
export async function endsAtRandom(world, { ends, seed, inFlight, withinMs = 180_000 }) {
	const random = createRandom(seed);
	const { simulator, instance } = world;
	const { main, workers } = instance;
	const waits = await startWaits(world, { random: createRandom(seed), waitMs: RUN_MS, inFlight });
	const victims =
		workers.length > 0
			? [[workers[0]], [workers[1]], workers, [main], [main, ...workers]]
			: [[main]];
	const marks = [];
	const unsure = [];
	const began = Date.now();
	/** What n8n's database said of each execution at the last end that it witnessed. */
	const atEnd = new Map();
	const story = [];
	const note = (at, what) => story.push({ at: seconds(at - began), what });
	const refill = async () => {
		const running = [...simulator.jobs.values()].filter(({ finishedAt }) => !finishedAt).length;
		for (let count = running; count < inFlight; count += 1) {
			simulator.update({ latencyMs: random.between(...RUN_MS) });
			// n8n may have ended in the middle of the call.
			await world.submit().then(
				(mark) => marks.push(mark),
				({ mark }) => unsure.push(mark),
			);
		}
	};
	for (let made = 0; made < ends; made += 1) {
		const refilling = Promise.all([refill(), waits.refill()]);
		await pause(random.between(0, 8_000));
		await world.executions.byMark();
		const signal = random.chance(0.75) ? 'SIGKILL' : 'SIGTERM';
		const chosen = random.pick(victims);
		const names = chosen.map((victim) =>
			victim === main ? 'main' : `worker ${workers.indexOf(victim) + 1}`,
		);
		note(Date.now(), `${signal} of ${names.join(' and ')}`);
		await Promise.all(chosen.map((victim) => victim.end(signal, 120_000)));
		for (const [id, status] of await openStates(world)) atEnd.set(id, status);
		await refilling;
		await pause(random.between(0, 2_000));
		await instance.revive();
		note(Date.now(), 'all run');
	}
	await world.settle(marks, RUN_MS[1] + withinMs);
	const all = [...marks, ...unsure];
	const outcome = await outcomeOf(world, all);
	for (const mark of outcome.lostMarks) {
		for (const { createdAt, finishedAt, requestId } of world.jobsOf(mark)) {
			note(createdAt, `submit of ${mark}: ${requestId}, lost`);
			if (finishedAt !== undefined) note(finishedAt, `end of the run of ${mark}`);
		}
	}
	if (outcome.lost > 0) {
		for (const { at, what } of story.sort((a, b) => a.at - b.at)) console.log(`${at} s: ${what}`);
	}
	const known = await world.executions.byMark();
	const waited = (mark) =>
		known.get(mark)?.every(({ id }) => [undefined, 'waiting'].includes(atEnd.get(String(id))));
	return {
		ends,
		seed,
		...outcome,
		/** The lost executions that n8n was not running when a process ended. */
		lostWaiting: outcome.lostMarks.filter(waited).length,
		waits: await waits.end(30_000),
		...(await retryFailed(world, all, 60_000)),
	};
}
