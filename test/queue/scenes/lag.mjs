// The time from the end of a run to the next node, and the requests that it takes, by the length of the run.
import { setTimeout as pause } from 'node:timers/promises';
import { callsOf, lagsOf, mean, seconds } from '../lib/measure.mjs';

/** Each length has its own deployment, so that none is known from another. */
const DEPLOYMENTS = ['textToImage', 'video', 'audio', 'text', 'model3d', 'mixed'];

/**
 * @param {import('../lib/world.mjs').World} world
 * @param {{lengthsMs: number[], known: number}} options `known`: runs of each length after the first
 */
export async function lagByLength(world, { lengthsMs, known }) {
	const { simulator } = world;
	const deployments = DEPLOYMENTS.slice(0, lengthsMs.length);
	lengthsMs.forEach((ms, index) => {
		const deployment_id = simulator.deploymentIds[deployments[index]];
		simulator.inject({ name: 'run_time', ms, deployment_id, times: Infinity });
	});
	const phase = (count) =>
		Promise.all(
			deployments.map(async (deployment, index) => {
				const since = Date.now();
				const marks = await inTurn(world, { count, deployment, first: index });
				await world.settle(marks, lengthsMs[index] + 180_000);
				const { calls, files } = callsOf(world, marks, since);
				return {
					lagS: seconds(mean(lagsOf(world, marks)) ?? NaN),
					calls: Math.round(calls / count),
					files: Math.round(files / count),
				};
			}),
		);
	const first = await phase(1);
	const later = await phase(known);
	simulator.clearFaults();
	return lengthsMs.map((ms, index) => ({
		runS: ms / 1000,
		first: first[index],
		known: later[index],
	}));
}

/** They run one after another: the cost of many runs that end at once is measured elsewhere. */
async function inTurn(world, { count, deployment, first }) {
	const marks = [];
	await pause(first * (APART_MS / DEPLOYMENTS.length));
	for (let made = 0; made < count; made += 1) {
		if (made > 0) await pause(APART_MS);
		marks.push(await world.submit({ deployment }));
	}
	return marks;
}

const APART_MS = 12_000;
