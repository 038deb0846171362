// *Stop* of an execution while its run is in progress.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { seconds } from '../lib/measure.mjs';

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
	// For what n8n and the node write of it.
	await pause(3_000);
	simulator.clearFaults();
	const about = new RegExp(`${requestId}[^\\n]*`, 'g');
	return {
		/** Of the execution, before the stop. */
		before,
		status: (await executions.find(id)).status,
		cancelAfterS: cancel && seconds(cancel.at - stopped),
		state: simulator.jobs.get(requestId).state,
		idStored: (await executions.textOf(id)).includes(requestId),
		logged: instance.lines().join('\n').match(about)?.at(-1),
	};
}
