// What users do, and settings of a workflow, while an execution is parked.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';

/** Milliseconds for which n8n is given time to do what it should not do. */
const STAYS_MS = 6_000;

/** Settings that leave no trace of a good execution, and tell another workflow of a bad one. */
export async function tellErrors(rest, sinkUrl) {
	const errors = await rest('POST', '/rest/workflows', errorWorkflow(sinkUrl));
	await rest('POST', `/rest/workflows/${errors.id}/activate`, { versionId: errors.versionId });
	// Over before the run of `succeed` is.
	return { saveDataSuccessExecution: 'none', errorWorkflow: errors.id, executionTimeout: 6 };
}

/** @param {import('../lib/world.mjs').World} world */
async function park(world, runMs) {
	world.simulator.update({ latencyMs: runMs });
	const mark = await world.submit();
	const newest = async () => (await world.executions.byMark()).get(mark)?.[0];
	await until('it is parked', async () => (await newest())?.status === 'waiting', 60_000);
	return { mark, newest, id: (await newest()).id };
}

/** A run that goes well, and takes longer than the workflow may. */
export async function succeed(world) {
	const { mark, newest } = await park(world, 8_000);
	await world.settle([mark], 60_000);
	return { delivered: world.deliveredAt(mark) !== undefined, left: await newest() };
}

/** A run that fails. @returns what the error workflow was told */
export async function fail(world) {
	world.simulator.inject({ name: 'run_failed', times: 1 });
	const { mark, newest } = await park(world, 3_000);
	const told = await until(
		'the error workflow is told',
		() => world.deliveries.get(undefined),
		60_000,
	);
	const [{ requestId }] = world.jobsOf(mark);
	return { told: told[0].requestId, requestId, status: (await newest()).status };
}

/** The credential is wrong when the run ends, and put right after that. */
export async function changeToken(world) {
	const { mark, newest } = await park(world, 5_000);
	await world.setToken('wrong');
	const [job] = world.jobsOf(mark);
	await until('the run has ended', () => job.finishedAt !== undefined, 60_000);
	await pause(STAYS_MS);
	const { status: meanwhile } = await newest();
	await world.setToken(world.simulator.token);
	await world.settle([mark], 60_000);
	return { meanwhile, delivered: world.deliveredAt(mark) !== undefined };
}

/** Stopped, and retried in both ways. */
export async function stopAndRetry(world) {
	const { mark, id } = await park(world, 120_000);
	const { executions, simulator } = world;
	await executions.stop(id);
	const refusal = await executions.retry(id, true).then(
		() => 'accepted',
		(error) => error.message,
	);
	const [job] = world.jobsOf(mark);
	await until('it is canceled', () => job.state === 'canceled', 60_000);
	simulator.update({ latencyMs: 1_000 });
	await executions.retry(id);
	await world.settle([mark], 60_000);
	return {
		refusal,
		delivered: world.deliveredAt(mark) !== undefined,
		states: world.jobsOf(mark).map(({ state }) => state),
	};
}

const errorWorkflow = (sinkUrl) => ({
	name: 'Errors',
	nodes: [
		{
			id: 'node-error',
			name: 'Error Trigger',
			type: 'n8n-nodes-base.errorTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'node-tell',
			name: 'Tell',
			type: 'n8n-nodes-base.httpRequest',
			typeVersion: 4.2,
			position: [200, 0],
			parameters: {
				method: 'POST',
				url: sinkUrl,
				sendBody: true,
				specifyBody: 'json',
				jsonBody: "={{ JSON.stringify({ mark: '', requestId: JSON.stringify($json) }) }}",
				options: {},
			},
		},
	],
	connections: { 'Error Trigger': { main: [[{ node: 'Tell', type: 'main', index: 0 }]] } },
	settings: { executionOrder: 'v1' },
});
