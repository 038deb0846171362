// A real n8n in one of its modes, a simulated RunComfy, and the facts that both know about each run.
import { createServer } from 'node:http';
import { startQueue, startRegular } from '../../../scripts/hosts/queue.mjs';
import { PACKED } from '../../../scripts/package.mjs';
import { temporaryFolder, until } from '../../../scripts/process.mjs';
import { loadSimulator } from '../../../scripts/root.mjs';
import { executionsOf } from '../../e2e/lib/n8n.mjs';
import { markIn, PATH, runWorkflow, textOf } from './workflows.mjs';

/** @typedef {Awaited<ReturnType<typeof createWorld>>} World */

/**
 * @param {object} options
 * @param {'regular' | 'queue'} options.mode
 * @param {object} [options.instance] more options of `startQueue` or `startRegular`
 */
export async function createWorld({ mode, instance: more = {} }) {
	const { folder: dir, remove } = temporaryFolder('runcomfy-queue-');
	/** Milliseconds by which RunComfy's clock is ahead. */
	let ahead = 0;
	const simulator = await loadSimulator().createSimulator({
		maxInstances: 10_000,
		now: () => Date.now() + ahead,
	});
	const sink = await startSink();
	const start = mode === 'queue' ? startQueue : startRegular;
	async function closeServers() {
		await simulator.close();
		await sink.close();
		remove();
	}
	const instance = await start({ dir, tarball: PACKED.n8n, ...more }).catch(async (error) => {
		await closeServers();
		throw error;
	});
	const { rest } = instance;
	const credential = await rest('POST', '/rest/credentials', credentialOf(simulator));
	const known = { sinkUrl: sink.url, credential, simulator };
	const executions = await addWorkflow(runWorkflow(known), PATH);

	/** Adds a workflow that a webhook at this path starts. */
	async function addWorkflow(json, path) {
		const { id, versionId } = await rest('POST', '/rest/workflows', json);
		await rest('POST', `/rest/workflows/${id}/activate`, { versionId });
		await until('its webhook is registered', async () => {
			const answer = await fetch(`${instance.url}/webhook/${path}`);
			return (await answer.text()).includes('Did you mean');
		});
		return executionsByMark(instance, id);
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
	async function submit(path = PATH) {
		const mark = (marks += 1);
		const answer = await post({ mark: textOf(mark) }, path);
		if (!answer.ok) throw new Error(`mark ${mark}: ${answer.status} ${await answer.text()}`);
		return mark;
	}

	function jobsOf(mark) {
		return [...simulator.jobs.values()].filter((job) => markOfJob(job) === mark);
	}

	/** Whether the results of the execution's own request have been reported. */
	function isDelivered(mark) {
		const ids = jobsOf(mark).map(({ requestId }) => requestId);
		return (sink.deliveries.get(mark) ?? []).some(
			({ requestId, status }) => ids.includes(requestId) && status === 'succeeded',
		);
	}

	/** Resolves when all results have been reported, or the time is up. */
	function settle(wanted, withinMs) {
		const areOut = () => wanted.every(isDelivered);
		return until('all come out', areOut, withinMs).catch(() => undefined);
	}

	return {
		...known,
		instance,
		executions,
		deliveries: sink.deliveries,
		addWorkflow,
		post,
		submit,
		submitMany: (count) => Promise.all(Array.from({ length: count }, () => submit())),
		jobsOf,
		isDelivered,
		settle,
		/** Ends all runs now that take no longer than this. */
		endRuns: (ms) => void (ahead += ms),
		async close() {
			await instance.stop();
			await closeServers();
		},
	};
}

/**
 * Executions as n8n stores them, told apart by their marks.
 * @param {import('../../../scripts/hosts/queue.mjs').Instance} instance @param {string} workflowId
 */
function executionsByMark(instance, workflowId) {
	const { rest } = instance;
	const { find, list } = executionsOf(instance);
	/** @type {Map<string, number>} */
	const marks = new Map();

	/** Everything that n8n returns about an execution, as text. */
	const textOf = async (id) => JSON.stringify(await find(id));

	async function markOf(id) {
		const known = marks.get(id);
		if (known !== undefined) return known;
		const mark = markIn(await textOf(id));
		if (mark !== undefined) marks.set(id, mark);
		return mark;
	}

	return {
		textOf,
		/** The executions of each mark, the newest first. */
		async byMark() {
			const found = new Map();
			for (const execution of await list(workflowId)) {
				const mark = await markOf(execution.id);
				if (mark !== undefined) found.set(mark, [...(found.get(mark) ?? []), execution]);
			}
			return found;
		},
		stop: (id) => rest('POST', `/rest/executions/${id}/stop`),
		/** *Executions > Retry*. */
		retry: (id) => rest('POST', `/rest/executions/${id}/retry`, { loadWorkflow: false }),
	};
}

const credentialOf = ({ url, token }) => ({
	name: 'RunComfy',
	type: 'runComfyApi',
	// As from a vault: n8n resolves the expression only while the execution runs, but a watcher needs the token
	// afterwards.
	data: { apiToken: `={{ "${token}" }}`, baseUrl: url },
});

/** The mark that a request was submitted with. */
const markOfJob = (job) => markIn(JSON.stringify(job.overrides ?? {}));

/**
 * Receives the results from the last node of a workflow.
 * @returns the URL, and each delivery by the mark of its execution, in order of arrival
 */
async function startSink() {
	/** @type {Map<number, Array<{requestId: string, status: string}>>} */
	const deliveries = new Map();
	const server = createServer((request, response) => {
		const parts = [];
		request.on('data', (part) => parts.push(part));
		request.on('end', () => {
			const { mark: text, requestId, status } = JSON.parse(Buffer.concat(parts).toString());
			const mark = markIn(text);
			deliveries.set(mark, [...(deliveries.get(mark) ?? []), { requestId, status }]);
			response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/`,
		deliveries,
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			server.closeAllConnections();
			await closed;
		},
	};
}
