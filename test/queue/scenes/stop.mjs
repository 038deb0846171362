// *Stop* of an execution while its run is in progress.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { seconds } from '../lib/measure.mjs';
import { outcomeOf } from '../lib/outcome.mjs';

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {object} options
 * @param {boolean} options.refused whether RunComfy refuses the cancel
 * @param {number} [options.afterMs] from the submit to the stop
 * @param {number} [options.withinMs] for the cancel to come
 */
export async function stopDuringRun(world, { refused, afterMs = 5_000, withinMs = 45_000 }) {
	const { simulator, executions, instance } = world;
	simulator.update({ latencyMs: 120_000 });
	const mark = await world.submit();
	await world.accepted([mark]);
	await pause(afterMs);
	const [{ id, status: before }] = (await executions.byMark()).get(mark);
	if (refused) simulator.inject({ name: 'cancel_refused', times: Infinity });
	const stopped = Date.now();
	await executions.stop(id);
	const [{ requestId }] = world.jobsOf(mark);
	const cancel = await until(
		'the cancel has come',
		() => simulator.requests.find((one) => one.route === 'cancel' && one.path.includes(requestId)),
		withinMs,
	).catch(() => undefined);
	// Milliseconds for what n8n and the node write about it.
	await pause(3_000);
	simulator.clearFaults();
	const about = new RegExp(`${requestId}[^\\n]*`, 'g');
	return {
		/** The state of the execution before the stop. */
		before,
		status: (await executions.find(id)).status,
		cancelAfterS: cancel && seconds(cancel.at - stopped),
		state: simulator.jobs.get(requestId).state,
		idStored: (await executions.textOf(id)).includes(requestId),
		logged: instance.lines().join('\n').match(about)?.at(-1),
	};
}

/**
 * Executions that are stopped while they wait, and retried at once, before anything was canceled. In queue mode, some
 * retries run on another worker than the one that watches the stopped execution.
 * @param {import('../lib/world.mjs').World} world
 * @param {{count: number, runMs: number}} options
 */
export async function stopAndRetryAtOnce(world, { count, runMs }) {
	const { simulator, executions } = world;
	simulator.update({ latencyMs: runMs });
	const marks = await world.submitMany(count);
	await world.accepted(marks);
	const newest = async (mark) => (await executions.byMark()).get(mark)?.[0];
	await until('all are parked', async () =>
		(await Promise.all(marks.map(newest))).every((one) => one?.status === 'waiting'),
	);
	const ids = await Promise.all(marks.map(async (mark) => (await newest(mark)).id));
	await Promise.all(ids.map((id) => executions.stop(id)));
	await Promise.all(ids.map((id) => executions.retry(id)));
	await world.settle(marks, runMs + 120_000);
	return outcomeOf(world, marks);
}

/**
 * An execution that is stopped while the node waits in memory and RunComfy refuses the cancel. It is retried once the
 * node has left.
 * @param {import('../lib/world.mjs').World} world
 */
export async function stopInMemoryAndRetry(world) {
	const { simulator, executions } = world;
	simulator.update({ latencyMs: 40_000 });
	const mark = await world.submit();
	await world.accepted([mark]);
	const [{ id }] = (await executions.byMark()).get(mark);
	simulator.inject({ name: 'cancel_refused', times: Infinity });
	await executions.stop(id);
	await pause(10_000);
	await executions.retry(id);
	await world.settle([mark], 120_000);
	return { delivered: world.deliveredAt(mark) !== undefined, paid: world.jobsOf(mark).length };
}
