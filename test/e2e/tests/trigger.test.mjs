// The trigger in a real n8n: RunComfy calls it, which starts one execution for each request, also after a restart.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { CREDENTIAL, readWorkflows, ready } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { openEditor } from '../lib/n8n-editor.mjs';

const WORKFLOW = 'trigger000000001';
const NODE = 'RunComfy Trigger';

void describe('the trigger in n8n', () => {
	let dir;
	let port;
	let simulator;
	let n8n;
	let executions;
	let address;

	const start = async (more = {}) => {
		n8n = await startN8n({ dir, port, ...more });
		executions = executionsOf(n8n);
		await until('the address is there', async () => (await post({})).status === 400);
	};

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-trigger-'));
		port = await freePort();
		simulator = await startSimulator({ latencyMs: 300, webhookRetryMs: 500 });
		const { workflow } = readWorkflows().find(({ name }) => name === 'submit-and-trigger.json');
		const { webhookId } = workflow.nodes.find(({ name }) => name === NODE);
		address = `http://127.0.0.1:${port}/webhook/${webhookId}/runcomfy`;
		const own = ready(workflow, WORKFLOW, simulator.deploymentIds);
		own.nodes.find(({ name }) => name === 'Submit').parameters.options.webhook =
			`${address}?order=17&secret=open`;
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			port,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			workflows: [own],
			credentials: [{ ...CREDENTIAL, data }],
		});
		executions = executionsOf(n8n);
		await executions.activate(WORKFLOW);
		await until('the address is there', async () => (await post({})).status === 400);
	});
	beforeEach(() => simulator.clearFaults());
	after(async () => {
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	const post = (body) =>
		fetch(`${address}?order=17`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});

	/** Executions that the trigger has started, newest first. */
	const started = async () => {
		const filter = encodeURIComponent(JSON.stringify({ workflowId: WORKFLOW }));
		const { results } = await n8n.rest('GET', `/rest/executions?limit=50&filter=${filter}`);
		return results.filter(({ mode }) => mode === 'webhook');
	};

	/** Submits by hand, as a person does, and waits until RunComfy has called. */
	const runOnce = async () => {
		const count = (await started()).length;
		const submit = await executions.run(WORKFLOW);
		assert.equal(submit.status, 'success');
		const [{ json }] = submit.items('Submit');
		const [newest] = await until('the trigger has started an execution', async () => {
			const all = await started();
			return all.length > count && all;
		});
		return { request: json, outcome: await executions.ended(newest.id) };
	};

	const callbackOf = ({ request_id, deployment_id }) => ({
		request_id,
		deployment_id,
		status: 'succeeded',
	});

	it('starts an execution with the files, and with what the address has said', async () => {
		const { request, outcome } = await runOnce();
		assert.equal(outcome.status, 'success');
		const [item] = outcome.items(NODE);
		assert.equal(item.json.request_id, request.request_id);
		assert.equal(item.json.status, 'succeeded');
		assert.deepEqual(item.json.query, { order: '17' });
		const bytes = await executions.file(item);
		const hosted = await fetch(item.json.files[0].url, { headers: { 'user-agent': 'test' } });
		assert.ok(bytes.equals(Buffer.from(await hosted.arrayBuffer())));
		assert.ok(outcome.ran('Use the Files'));
	});

	it('tells a run that failed as an event', async () => {
		simulator.inject({ name: 'run_failed', node_id: '31', error: 'OutOfMemory' });
		const { outcome } = await runOnce();
		assert.equal(outcome.status, 'success');
		const [item] = outcome.items(NODE);
		assert.equal(item.json.error_code, 'run_failed');
		assert.ok(outcome.ran('See What Went Wrong'));
	});

	it('starts one execution for each of many that end at the same time, and for none twice', async () => {
		simulator.inject({ name: 'webhook_duplicate', times: 5 });
		const earlier = (await started()).length;
		const submits = await Promise.all(Array.from({ length: 5 }, () => executions.run(WORKFLOW)));
		const ids = submits.map((submit) => submit.items('Submit')[0].json.request_id);
		const found = await until('all have been told', async () => {
			const all = await started();
			return all.length >= earlier + 5 && all;
		});
		const outcomes = await Promise.all(
			found.slice(0, found.length - earlier).map(({ id }) => executions.ended(id)),
		);
		const told = outcomes.map((outcome) => outcome.items(NODE)[0].json.request_id);
		assert.deepEqual(told.sort(), ids.sort());
		for (const request_id of ids) {
			const { deploymentId } = simulator.jobs.get(request_id);
			const reply = await post({ ...callbackOf({ request_id, deployment_id: deploymentId }) });
			assert.equal(reply.status, 200);
		}
		assert.equal((await started()).length, earlier + 5);
	});

	it('does not start another one for what is told again after a restart', async () => {
		const told = (await started()).length;
		await n8n.stop();
		await start();
		const looks = simulator.count('result');
		for (const { requestId, deploymentId } of simulator.jobs.values()) {
			const reply = await post(callbackOf({ request_id: requestId, deployment_id: deploymentId }));
			assert.equal(reply.status, 200);
		}
		assert.equal((await started()).length, told);
		assert.equal(simulator.count('result'), looks);
		// It still takes new ones.
		await runOnce();
	});

	it('is told again later what could not be checked', async () => {
		simulator.inject({ name: 'server_error', on: 'result', times: 4 });
		const { request, outcome } = await runOnce();
		assert.equal(outcome.items(NODE)[0].json.request_id, request.request_id);
	});

	it('shows its address, and waits for a test event', async () => {
		const editor = await openEditor(n8n.url);
		const { page, picture } = editor;
		try {
			await editor.openWorkflow(WORKFLOW);
			await picture('n8n-trigger-canvas');
			await editor.openNode(NODE);
			await page.getByText('Webhook URLs', { exact: true }).click();
			await page.waitForTimeout(500);
			await page.click('[data-test-id=radio-button-production]');
			await page.waitForTimeout(500);
			await picture('n8n-trigger-panel');
			await page.click('[data-test-id=node-execute-button]');
			const test = address.replace('/webhook/', '/webhook-test/');
			await until('the test address is there', async () => {
				const reply = await fetch(test, { method: 'POST' });
				return reply.status === 400;
			});
			await picture('n8n-trigger-listening');
			// A call that was told of before counts as an event here.
			const [job] = simulator.jobs.values();
			const { requestId: request_id, deploymentId: deployment_id } = job;
			const reply = await fetch(`${test}?order=18`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(callbackOf({ request_id, deployment_id })),
			});
			assert.equal(reply.status, 200);
			await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
			await page.locator('img[src*=binary]').first().waitFor({ timeout: 20_000 });
			await page.waitForTimeout(500);
			await picture('n8n-trigger-output');
			assert.deepEqual(editor.pageErrors, []);
		} finally {
			await editor.close();
		}
	});
});
