// What users do while an execution is parked, and which settings of a workflow apply.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../../scripts/process.mjs';
import { BATCH_PATH, batchWorkflow } from '../lib/batchWorkflow.mjs';
import { isFinal } from '../lib/executions.mjs';

/** Milliseconds that n8n gets to do what it should not do. */
const STAYS_MS = 6_000;

/** Settings that leave no trace of a good execution, and report a bad one to another workflow. */
export async function tellErrors(rest, sinkUrl) {
	const errors = await rest('POST', '/rest/workflows', errorWorkflow(sinkUrl));
	await rest('POST', `/rest/workflows/${errors.id}/activate`, { versionId: errors.versionId });
	// The workflow's time is over before the run of `succeed` is.
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

/** The credential is wrong when the run ends, and is corrected after that. */
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

/** The execution is stopped, and retried in both ways. */
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

/** Several items in one execution with Retry On Fail. With less than 20 USD, nothing is submitted. */
async function startRetrying(world, items, meanwhile = (_jobs) => undefined) {
	const { sinkUrl, credential, waitMode, simulator, post } = world;
	if (!world.retrying) {
		const options = { waitMode, retryFailedRuns: true, stopBelowBalance: 20 };
		const json = batchWorkflow({ sinkUrl, credential, options });
		const run = json.nodes.find(({ name }) => name === 'Run');
		Object.assign(run, { retryOnFail: true, maxTries: 3, waitBetweenTries: 3_000 });
		world.retrying = await world.addWorkflow(json, BATCH_PATH);
	}
	const { list, retry } = world.retrying;
	const known = new Set(simulator.jobs.keys());
	const jobs = () => [...simulator.jobs.values()].filter(({ requestId }) => !known.has(requestId));
	const executions = (await list()).length;
	const ended = (count) =>
		until(
			'the execution has ended',
			async () => {
				const all = await list();
				return all.length === count && isFinal(all[0]) && all[0];
			},
			180_000,
		);
	const body = { deploymentId: simulator.deploymentIds.textToImage, overrides: {} };
	await post({ ...body, items: Array.from({ length: items }, (_, item) => item) }, BATCH_PATH);
	await meanwhile(jobs);
	const { id, status } = await ended(executions + 1);
	return {
		status,
		jobs,
		async retry() {
			await retry(id);
			return (await ended(executions + 2)).status;
		},
	};
}

/** Every run fails. @returns how often it was submitted, including after a retry */
export async function failAgain(world) {
	world.simulator.update({ latencyMs: 3_000 });
	world.simulator.inject({ name: 'run_failed', times: 20 });
	const { status, jobs, retry } = await startRetrying(world, 1);
	const submits = jobs().length;
	await retry();
	world.simulator.clearFaults();
	return { status, submits, withRetry: jobs().length };
}

/** RunComfy refuses the second item. From then on the node refuses, since there is too little money. */
export async function refuseBesidePaid(world) {
	const { simulator } = world;
	simulator.update({ latencyMs: 8_000 });
	simulator.inject({ name: 'gateway_402', on: 'submit', after: 1, times: 1 });
	const { status, jobs, retry } = await startRetrying(world, 2, async (paid) => {
		await until('the first item is paid for', () => paid().length > 0);
		simulator.update({ balanceUsd: 10 });
	});
	const states = jobs().map(({ state }) => state);
	simulator.update({ balanceUsd: 25 });
	return { status, states, retried: await retry(), withRetry: jobs().length };
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
