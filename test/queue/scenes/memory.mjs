// What many executions that wait at once cost the main process.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { keptMb } from '../lib/heap.mjs';
import { residentMb } from '../lib/measure.mjs';
import { outcomeOf } from '../lib/outcome.mjs';

/** Does what a warm n8n has done before the first measurement. */
const WARM_UP = 10;

/**
 * @param {import('../lib/world.mjs').World} world of an `INSPECTABLE` main
 * @param {{count: number, runMs: number}} options `runMs` leaves time to submit all and to look
 */
export async function memoryOfWaiting(world, { count, runMs }) {
	const { simulator, instance, executions } = world;
	const resident = () => residentMb(instance.main.pid);
	simulator.update({ latencyMs: 1_000 });
	await world.settle(await world.submitMany(WARM_UP), 60_000);
	await pause(5_000);
	const keptBeforeMb = await keptMb(instance.main);
	const beforeMb = resident();
	simulator.update({ latencyMs: runMs });
	const started = Date.now();
	const marks = await world.submitMany(count);
	await world.accepted(marks, count, runMs);
	// Not measured while results come in.
	const looks = [];
	while (Date.now() - started < runMs - 25_000) {
		await pause(5_000);
		looks.push(resident());
	}
	const keptWaitingMb = await keptMb(instance.main);
	// While n8n collects its garbage, it may believe that its database is lost, and answer nothing for a moment.
	let stored = [];
	await until('n8n lists its executions', async () => {
		stored = await executions.list();
		return true;
	});
	const waiting = stored.filter(({ status }) => status === 'waiting').length;
	await world.settle(marks, runMs + 180_000);
	return {
		...(await outcomeOf(world, marks)),
		/** Executions that n8n had stored as waiting when the memory was last measured. */
		waiting,
		beforeMb,
		peakMb: Math.max(...looks),
		waitingMb: looks.at(-1),
		/** What is reachable in the heap, without garbage. */
		keptBeforeMb,
		keptWaitingMb,
	};
}
