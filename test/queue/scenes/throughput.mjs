// Many executions on few worker slots: how long all of them take, and whether waiting occupies the slots.
import { callsOf, lagsOf, mean, sample, seconds } from '../lib/measure.mjs';
import { outcomeOf } from '../lib/outcome.mjs';

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {{count: number, runMs: number, deployment?: string, withinMs?: number}} options
 */
export async function throughput(world, options) {
	const { count, runMs, deployment, withinMs = count * runMs + 60_000 } = options;
	world.simulator.update({ latencyMs: runMs });
	const started = Date.now();
	const stop = sample(world.instance.busySlots, 250);
	const marks = await world.submitMany(count, { deployment });
	await world.settle(marks, withinMs);
	const busy = await stop();
	const last = Math.max(...marks.map((mark) => world.deliveredAt(mark) ?? Date.now()));
	const { slots } = world.instance;
	return {
		...(await outcomeOf(world, marks)),
		wallS: seconds(last - started),
		...(slots > 0 && { busyPercent: Math.round((100 * mean(busy)) / slots) }),
		lagS: seconds(mean(lagsOf(world, marks)) ?? NaN),
		callsPerJob: Math.round(callsOf(world, marks, started).calls / count),
	};
}
