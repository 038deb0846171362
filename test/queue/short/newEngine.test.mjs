// n8n's new engine (with its own PostgreSQL, in one process), which never runs a node again after a wait: each result
// is delivered, each error names its request, and nothing is submitted twice.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startNewEngine } from '../../../scripts/hosts/queue.mjs';
import { PACKED } from '../../../scripts/package.mjs';
import { temporaryFolder } from '../../../scripts/process.mjs';
import { loadSimulator } from '../../../scripts/root.mjs';
import { accountOf, byId, chain, executionsOf, RUNCOMFY, START } from '../../e2e/lib/n8n.mjs';

const itemsOf = (count) => ({
	name: 'Items',
	type: 'n8n-nodes-base.code',
	typeVersion: 2,
	parameters: { jsCode: `return Array.from({ length: ${count} }, (_, n) => ({ json: { n } }));` },
});
const NEXT = { name: 'Next', type: 'n8n-nodes-base.noOp' };
const CONTINUE = 'continueRegularOutput';

void describe('the new engine', () => {
	const place = temporaryFolder('runcomfy-new-engine-');
	let simulator;
	let n8n;
	let executions;
	let credentials;

	before(async () => {
		simulator = await loadSimulator().createSimulator({ latencyMs: 4_000 });
		n8n = await startNewEngine({ dir: place.folder, tarball: PACKED.n8n });
		executions = executionsOf(n8n);
		const account = { name: 'RunComfy', type: 'runComfyApi', data: accountOf(simulator) };
		const { id, name } = await n8n.rest('POST', '/rest/credentials', account);
		credentials = { runComfyApi: { id, name } };
	});
	after(async () => {
		await n8n?.stop();
		await simulator?.close();
		place.remove();
	});
	beforeEach(() => {
		simulator.requests.length = 0;
	});

	const paid = () =>
		simulator.requests.flatMap(({ route, requestId }) => {
			return /submit$/.test(route) && requestId ? [requestId] : [];
		});

	/** Uses the simulator's deployment, unless `parameters` say otherwise. */
	async function run({ items = 1, options = {}, parameters = {}, onError = 'stopWorkflow' }) {
		const ours = {
			name: 'Run',
			type: RUNCOMFY,
			parameters: {
				resource: 'request',
				operation: 'runAndWait',
				deploymentId: byId(simulator.deploymentIds.textToImage),
				inputMode: 'json',
				overrides: '{"27":{"inputs":{"width":64,"height":64}}}',
				options,
				...parameters,
			},
			credentials,
			onError,
		};
		const json = chain('new engine', [START, itemsOf(items), ours, NEXT]);
		const settings = { ...json.settings, engineType: 'v2' };
		const { id } = await n8n.rest('POST', '/rest/workflows', { ...json, id: undefined, settings });
		const executionId = await executions.start(id);
		// The current engine has numbers.
		assert.match(executionId, /^[\da-f]+(-[\da-f]+){4}$/);
		return executions.ended(executionId, 180_000);
	}

	const model = () => ({
		resource: 'model',
		modelId: byId(simulator.modelIds.textToImage),
		inputs: '{"prompt":"a red fox"}',
	});

	const goesWell = {
		'with the default': () => ({}),
		'with Wait Mode: In Memory': () => ({ options: { waitMode: 'poll' } }),
		'with On Error: Continue': () => ({ onError: CONTINUE }),
		'of three items': () => ({ items: 3, options: { concurrency: 2 } }),
		'of a hosted model': () => ({ parameters: model() }),
		'of a hosted model, with On Error: Continue': () => ({
			parameters: model(),
			onError: CONTINUE,
		}),
	};
	for (const [which, told] of Object.entries(goesWell)) {
		it(`the result of a run ${which} comes out`, async () => {
			const given = told();
			const { status, error, items } = await run(given);
			assert.equal(error, undefined);
			assert.equal(status, 'success');
			const out = items('Next');
			assert.deepEqual(out.map(({ json }) => json.request_id).sort(), paid().sort());
			assert.equal(paid().length, given.items ?? 1);
			assert.ok(out.every(({ json, binary }) => json.status === 'succeeded' && binary.data));
		});
	}

	it('the error of a run that fails names its request', async () => {
		simulator.inject({ name: 'run_failed', times: 1 });
		const { status, error } = await run({});
		assert.equal(status, 'error');
		assert.match(error.message, /^The run failed/);
		assert.equal(paid().length, 1);
		assert.ok(error.message.includes(paid()[0]), error.message);
	});

	it('an error of one of three names all, and how to get the others', async () => {
		simulator.inject({ name: 'run_failed', times: 1 });
		const { error } = await run({ items: 3 });
		assert.equal(paid().length, 3);
		for (const id of paid()) assert.ok(error.message.includes(id), error.message);
		assert.match(error.message, /Get Result fetches each by its ID/);
	});

	it('a failed run of two comes out as an error with its request, the other as a result, with On Error: Continue', async () => {
		simulator.inject({ name: 'run_failed', times: 1 });
		const { status, items } = await run({ items: 2, onError: CONTINUE });
		assert.equal(status, 'success');
		const out = items('Next').map(({ json }) => json);
		assert.deepEqual(out.map(({ error_code = 'none' }) => error_code).sort(), [
			'none',
			'run_failed',
		]);
		assert.deepEqual(out.map(({ request_id: id }) => id).sort(), paid().sort());
	});

	it('n8n’s log has each request', () => {
		const log = n8n.lines().join('\n');
		for (const id of simulator.jobs.keys()) assert.ok(log.includes(id), id);
	});
});
