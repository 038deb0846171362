// Nobody pays twice in a real n8n: not with Retry On Fail, a retry by hand, or a batch that fails. And a stopped
// execution loses no id of a paid request.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { CREDENTIAL, ready } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';

const byId = (value) => ({ __rl: true, mode: 'id', value });

/** Run and Wait on two items, three tries at most. */
function workflowOf(id, parameters) {
	const place = (x) => ({ typeVersion: 1, position: [x, 0] });
	return {
		id,
		name: id,
		active: false,
		nodes: [
			{
				...place(0),
				id: `${id}-trigger`,
				name: 'Start',
				type: 'n8n-nodes-base.manualTrigger',
				parameters: {},
			},
			{
				...place(200),
				id: `${id}-items`,
				name: 'Items',
				type: 'n8n-nodes-base.code',
				typeVersion: 2,
				parameters: { jsCode: 'return [{ json: { n: 0 } }, { json: { n: 1 } }];' },
			},
			{
				...place(400),
				id: `${id}-run`,
				name: 'Run',
				type: 'n8n-nodes-runcomfy.runComfy',
				parameters: {
					resource: 'request',
					operation: 'runAndWait',
					inputMode: 'json',
					overrides: '{}',
					...parameters,
				},
				retryOnFail: true,
				maxTries: 3,
				waitBetweenTries: 1,
			},
		],
		connections: {
			Start: { main: [[{ node: 'Items', type: 'main', index: 0 }]] },
			Items: { main: [[{ node: 'Run', type: 'main', index: 0 }]] },
		},
		settings: { executionOrder: 'v1' },
	};
}

void describe('paid runs', () => {
	let dir;
	let simulator;
	let n8n;
	let executions;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-paid-'));
		simulator = await startSimulator({ latencyMs: 300 });
		const { textToImage, foreign } = simulator.deploymentIds;
		const short = { deploymentId: byId(textToImage), options: { timeout: 0.5 } };
		const perItem = byId(`={{ $json.n === 0 ? '${textToImage}' : '${foreign}' }}`);
		const unchecked = { checkInputs: false };
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			credentials: [
				{
					...CREDENTIAL,
					data: { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' },
				},
			],
			workflows: [
				workflowOf('paidruns00000001', short),
				workflowOf('paidruns00000003', {
					deploymentId: byId(textToImage),
					options: { waitMode: 'poll' },
				}),
				workflowOf('paidruns00000002', { deploymentId: perItem, options: unchecked }),
			].map((workflow) => ready(workflow, workflow.id, simulator.deploymentIds)),
		});
		executions = executionsOf(n8n);
	});
	beforeEach(() => {
		simulator.clearFaults();
		simulator.requests.length = 0;
	});
	after(async () => {
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	const submits = () => simulator.requests.filter(({ route }) => route === 'submit');
	const idsOf = (requests) => requests.map(({ requestId }) => requestId);

	async function latestId(workflowId) {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const { results } = await n8n.rest('GET', `/rest/executions?limit=1&filter=${filter}`);
		return results[0].id;
	}

	it('one submit for each item over three tries, and over a retry by hand', async () => {
		simulator.update({ latencyMs: 4_000 });
		const failed = await executions.run('paidruns00000001');
		assert.equal(failed.status, 'error');
		const { data } = failed.error.context;
		assert.equal(data.error_code, 'timed_out');
		const paid = idsOf(submits());
		assert.equal(paid.length, 2);
		assert.ok(simulator.requests.filter(({ route }) => route === 'status').length >= 6);
		const named = data.error_details.requests.map(({ request_id }) => request_id);
		assert.deepEqual(named.sort(), paid.sort());
		for (const id of paid) assert.ok(failed.error.description.includes(id));

		// Waits until the runs are over, however long the tries took.
		let done = failed;
		for (let retries = 0; done.status === 'error' && retries < 10; retries += 1) {
			const id = await latestId('paidruns00000001');
			await n8n.rest('POST', `/rest/executions/${id}/retry`, { loadWorkflow: false });
			done = await executions.ended(await latestId('paidruns00000001'));
		}
		assert.equal(done.status, 'success', done.error?.message);
		assert.deepEqual(
			done
				.items('Run')
				.map(({ json }) => json.request_id)
				.sort(),
			paid,
		);
		assert.equal(done.items('Run')[0].binary.data.mimeType, 'image/png');
		assert.equal(submits().length, 2);
	});

	it('a stop that RunComfy refuses leaves the ids in the log and with the execution', async () => {
		simulator.update({ latencyMs: 3_600_000 });
		const executionId = await executions.start('paidruns00000003');
		await until('both run', () => submits().length === 2 && simulator.count('status') > 1);
		simulator.inject({ name: 'server_error', on: 'cancel', times: Infinity });
		await n8n.rest('POST', `/rest/executions/${executionId}/stop`);
		const stopped = await executions.ended(executionId);
		assert.equal(stopped.status, 'canceled');

		// The node stays for the seconds in which it tries to cancel.
		const told = (id, what) => {
			const where = `(node "Run", execution ${executionId}, item `;
			return n8n.server.lines.some((line) =>
				[id, what, where].every((part) => line.includes(part)),
			);
		};
		const ids = idsOf(submits());
		await until('all is told', () =>
			ids.every((id) => told(id, 'submitted') && told(id, 'at the stop of the execution: unknown')),
		);
		const { runcomfy_requests: kept } = await until('the ids are stored', async () => {
			const data = await stopped.customData();
			return data?.runcomfy_requests && data;
		});
		assert.deepEqual(kept.split(', ').sort(), ids.sort());
	});

	it('a batch that fails cancels what still runs, after the last try', async () => {
		simulator.update({ latencyMs: 3_600_000 });
		const failed = await executions.run('paidruns00000002');
		assert.equal(failed.error.context.data.error_code, 'forbidden');
		const { textToImage, foreign } = simulator.deploymentIds;
		const of = (deployment) => submits().filter(({ deploymentId }) => deploymentId === deployment);
		assert.deepEqual([of(textToImage).length, of(foreign).length], [1, 3]);
		const [{ requestId }] = of(textToImage);
		assert.equal(simulator.jobs.get(requestId).state, 'canceled');
		assert.match(failed.error.description, new RegExp(`${requestId} \\[item 0\\]`));
	});
});
