// A parked execution in a real n8n: what its editor and its list show in the meantime, and how it goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { CREDENTIAL, ready } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { openEditor } from '../lib/n8n-editor.mjs';

const WORKFLOW = 'waiting000000001';
const RUN = 'Run and Wait';

/** It ends when the test says so, however long the editor takes. */
const RUN_MS = 600_000;

/** The node that runs, and one that gets its item. */
function withNext(workflow) {
	const run = workflow.nodes.find(({ name }) => name === RUN);
	const [x, y] = run.position;
	const next = {
		id: 'next-node',
		name: 'Use the Picture',
		parameters: {},
		type: 'n8n-nodes-base.noOp',
		typeVersion: 1,
		position: [x + 260, y],
	};
	return {
		...workflow,
		name: 'A picture in the evening light',
		nodes: [...workflow.nodes.filter(({ type }) => !type.includes('stickyNote')), next],
		connections: {
			...workflow.connections,
			[RUN]: { main: [[{ node: next.name, type: 'main', index: 0 }]] },
		},
	};
}

void describe('a run that n8n waits for', () => {
	let dir;
	let simulator;
	let n8n;
	let editor;
	let requestId;
	/** By how many milliseconds the service's clock is ahead. */
	let ahead = 0;
	let parkedAt;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-waiting-'));
		simulator = await startSimulator({ latencyMs: RUN_MS, now: () => Date.now() + ahead });
		const workflow = JSON.parse(readFileSync(join(root, 'workflows/text-to-image.json'), 'utf8'));
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			credentials: [{ ...CREDENTIAL, data }],
			workflows: [ready(withNext(workflow), WORKFLOW, simulator.deploymentIds)],
		});
		editor = await openEditor(n8n.url);
	});
	after(async () => {
		await editor?.close();
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	it('says in the editor that it waits', async () => {
		const { page, picture } = editor;
		await editor.openWorkflow(WORKFLOW);
		await page.click('[data-test-id=execute-workflow-button]');
		requestId = await until('RunComfy has the request', () => [...simulator.jobs.keys()][0]);
		await until('n8n has parked it', async () => (await waiting()).length === 1, 20_000);
		parkedAt = Date.now();
		await page.waitForTimeout(1_500);
		await picture('n8n-waiting-canvas');
		await page.dblclick(`[data-test-id=canvas-node][data-node-name="${RUN}"]`);
		await page.getByText('Waiting for RunComfy').first().waitFor({ timeout: 10_000 });
		await page.waitForTimeout(800);
		await picture('n8n-waiting');
		assert.deepEqual(editor.pageErrors, []);
	});

	it('shows it as waiting in the list of executions', async () => {
		const { page, picture } = editor;
		await page.goto(`${n8n.url}/workflow/${WORKFLOW}/executions`);
		await page.getByText('Waiting').first().waitFor({ timeout: 10_000 });
		await page.waitForTimeout(1_500);
		await picture('n8n-waiting-list');
	});

	it('goes on when the run has ended, and says how long it was parked', async () => {
		const leastMs = Date.now() - parkedAt;
		ahead = RUN_MS;
		const { status, items } = await executionsOf(n8n).latestOf(WORKFLOW);
		assert.equal(status, 'success');
		const { timings, request_id: id } = items('Use the Picture')[0].json;
		assert.equal(id, requestId);
		assert.equal(timings.resumes, 1);
		const told = JSON.stringify({ leastMs, timings });
		assert.ok(timings.parked_ms > leastMs && timings.parked_ms < timings.total_ms, told);
		assert.ok(Math.abs(timings.run_ms - RUN_MS) < 10_000, told);
	});

	async function waiting() {
		const filter = encodeURIComponent(
			JSON.stringify({ workflowId: WORKFLOW, status: ['waiting'] }),
		);
		const { results } = await n8n.rest('GET', `/rest/executions?limit=5&filter=${filter}`);
		return results;
	}
});
