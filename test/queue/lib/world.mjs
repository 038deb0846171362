// A real n8n in one of its modes, a simulated RunComfy, and what both know of each run.
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../../../scripts/hosts/group.mjs';
import { startQueue, startRegular } from '../../../scripts/hosts/queue.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { executionsOf, isFinal } from './executions.mjs';
import { startSink } from './sink.mjs';
import { markOfJob, PATH, textOf, waitingAs, workflowOf } from './workflow.mjs';

/** Longer than n8n takes at its start to mark an execution as crashed, and then as waiting again. */
const STAYS_FINAL_MS = 6_000;

/** The body for a deployment: these tests ignore the pictures. */
const OVERRIDES = { textToImage: { 27: { inputs: { width: 64, height: 64 } } } };

/** @typedef {Awaited<ReturnType<typeof createWorld>>} World */

/**
 * @param {object} options
 * @param {'regular' | 'queue'} options.mode
 * @param {string} options.waitMode `poll` is also what a package does that knows nothing of it
 * @param {object} [options.instance] more options of `startQueue` or `startRegular`
 * @param {(rest: Function, sinkUrl: string) => Promise<object>} [options.settings] more settings of the workflow
 */
export async function createWorld({ mode, waitMode, instance: more = {}, settings }) {
	const tarball = process.env.RUNCOMFY_E2E_TARBALL;
	if (!tarball) throw new Error('No packed package: start the tests by `npm run test:queue`');
	const dir = temporaryFolder('runcomfy-queue-');
	const simulator = await startSimulator({ maxInstances: 10_000 });
	const sink = await startSink();
	const log = process.env.RUNCOMFY_QUEUE_LOG ? console.log : undefined;
	const start = mode === 'queue' ? startQueue : startRegular;
	/** @type {import('../../../scripts/hosts/queue.mjs').Instance | undefined} */
	let begun;
	const instance = await start({ dir, tarball, log, ...more }).catch(async (error) => {
		await closeAll();
		throw error;
	});
	begun = instance;

	async function closeAll() {
		await begun?.stop();
		await simulator.close();
		await sink.close();
		removeFolder(dir);
	}

	const { rest } = instance;
	let executions;
	let credential;
	try {
		credential = await createCredential(rest, simulator);
		const options = {
			rest,
			credential,
			sink,
			waitMode,
			settings: await settings?.(rest, sink.url),
		};
		const workflowId = await createWorkflow(options);
		executions = executionsOf(rest, workflowId);
		await until('the webhook is registered', async () => {
			const answer = await fetch(`${instance.url}/webhook/${PATH}`);
			return (await answer.text()).includes('Did you mean');
		});
	} catch (error) {
		await closeAll();
		throw error;
	}

	/** Adds a workflow that a webhook at this path starts. */
	async function addWorkflow(json, path) {
		const { id, versionId } = await rest('POST', '/rest/workflows', json);
		await rest('POST', `/rest/workflows/${id}/activate`, { versionId });
		await until('its webhook is registered', async () => {
			const answer = await fetch(`${instance.url}/webhook/${path}`);
			return (await answer.text()).includes('Did you mean');
		});
		return executionsOf(rest, id);
	}

	function post(body, path = PATH) {
		return fetch(`${instance.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', connection: 'close' },
			body: JSON.stringify(body),
		});
	}

	let marks = 0;
	/** Starts one execution. Rejects unless n8n confirms it. */
	async function submit({ deployment = 'textToImage' } = {}) {
		const mark = (marks += 1);
		const deploymentId = simulator.deploymentIds[deployment];
		const overrides = OVERRIDES[deployment] ?? {};
		const answer = await post({ mark: textOf(mark), deploymentId, overrides }).catch(
			(error) => error,
		);
		if (answer.ok) return mark;
		const { status } = answer;
		const why = status ? `${status} ${await answer.text()}` : answer;
		throw Object.assign(new Error(`mark ${mark}: ${why}`), { mark, status });
	}

	function jobsOf(mark) {
		return [...simulator.jobs.values()].filter((job) => markOfJob(job) === mark);
	}

	/** Whether the results of the execution's own request have come out. */
	function deliveredAt(mark) {
		const ids = jobsOf(mark).map(({ requestId }) => requestId);
		const found = (sink.deliveries.get(mark) ?? []).find(
			({ requestId, status }) => ids.includes(requestId) && status === 'succeeded',
		);
		return found?.at;
	}

	/**
	 * Resolves when nothing more is expected for these marks: they were delivered, or ended otherwise some seconds ago,
	 * or the time is up.
	 */
	async function settle(wanted, withinMs) {
		const deadline = Date.now() + withinMs;
		let since = Infinity;
		while (Date.now() < deadline) {
			const open = wanted.filter((mark) => deliveredAt(mark) === undefined);
			if (open.length === 0) return;
			const known = await executions.byMark().catch(() => new Map());
			const over = open.every((mark) => known.get(mark)?.every(isFinal));
			since = over ? Math.min(since, Date.now()) : Infinity;
			if (Date.now() - since > STAYS_FINAL_MS) return;
			await new Promise((resolve) => setTimeout(resolve, 1_000));
		}
	}

	return {
		mode,
		waitMode,
		simulator,
		instance,
		executions,
		/** Makes the node work with another token from now on. */
		setToken: (apiToken) =>
			rest(
				'PATCH',
				`/rest/credentials/${credential.id}`,
				credentialOf({ url: simulator.url, token: simulator.token, apiToken }),
			),
		deliveries: sink.deliveries,
		sinkUrl: sink.url,
		/** Of regular mode. */
		databaseFile: join(dir, 'main', '.n8n', 'database.sqlite'),
		credential,
		addWorkflow,
		post,
		submit,
		submitMany: (count, options) =>
			Promise.all(Array.from({ length: count }, () => submit(options))),
		jobsOf,
		deliveredAt,
		settle,
		accepted: (wanted, count = wanted.length, withinMs = 60_000) =>
			until(
				`${count} requests are accepted`,
				() => wanted.filter((mark) => jobsOf(mark).length > 0).length >= count,
				withinMs,
			),
		close: closeAll,
	};
}

const credentialOf = ({ url: baseUrl, token, apiToken = token }) => ({
	name: 'RunComfy',
	type: 'runComfyApi',
	data: { apiToken, baseUrl, apiVersion: 'v1' },
});

const createCredential = (rest, { url, token }) =>
	rest('POST', '/rest/credentials', credentialOf({ url, token }));

async function createWorkflow({ rest, credential: { id, name }, sink, waitMode, settings }) {
	const waiting = waitingAs(await rest('GET', '/types/nodes.json'), waitMode);
	if (!waiting && waitMode !== 'poll') throw new Error(`The package knows no waitMode ${waitMode}`);
	const json = workflowOf({ sinkUrl: sink.url, credential: { id, name }, waiting: waiting ?? {} });
	const workflow = await rest('POST', '/rest/workflows', {
		...json,
		settings: { ...json.settings, ...settings },
	});
	await rest('POST', `/rest/workflows/${workflow.id}/activate`, { versionId: workflow.versionId });
	return workflow.id;
}
