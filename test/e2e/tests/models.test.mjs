// Hosted models in a real n8n: the list, the form, a run, and a video whose execution outlives a restart of n8n.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { CREDENTIAL, ready } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { openEditor } from '../lib/n8n-editor.mjs';

const FORM = 'modelform0000001';
const VIDEO = 'modelvideo000001';
const RUN = 'Run and Wait';
const TYPE = 'n8n-nodes-runcomfy.runComfy';

const textToImage = JSON.parse(readFileSync(join(root, 'workflows/text-to-image.json'), 'utf8'));

/** The workflow with other parameters of its node, and one that takes what comes out. */
function withParameters(parameters, typeVersion = 1.1) {
	const [trigger, run] = textToImage.nodes;
	const next = { id: 'next', name: 'Next', type: 'n8n-nodes-base.noOp', parameters: {} };
	return {
		...textToImage,
		nodes: [
			trigger,
			{ ...run, typeVersion, parameters },
			{ ...next, typeVersion: 1, position: [520, 0] },
		],
		connections: {
			...textToImage.connections,
			[RUN]: { main: [[{ node: 'Next', type: 'main', index: 0 }]] },
		},
	};
}

void describe('hosted models in n8n', () => {
	let dir;
	let simulator;
	let n8n;
	let port;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-models-'));
		port = await freePort();
		simulator = await startSimulator();
		const video = {
			...{ resource: 'model', operation: 'runAndWait', inputMode: 'json' },
			modelId: { __rl: true, mode: 'id', value: simulator.modelIds.video },
			inputs: '{"prompt":"a boat","image_url":"https://example.com/boat.png"}',
		};
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			...{ dir, port, tarball: process.env.RUNCOMFY_E2E_TARBALL },
			credentials: [{ ...CREDENTIAL, data }],
			workflows: [
				ready(withParameters({ resource: 'model' }), FORM, simulator.deploymentIds),
				ready(withParameters(video), VIDEO, simulator.deploymentIds),
			],
		});
	});
	after(async () => {
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	it('shows prices in the list, and a form of what the model takes, filled and run', async () => {
		const editor = await openEditor(n8n.url);
		const { page, picture } = editor;
		try {
			await editor.openWorkflow(FORM);
			await editor.openNode(RUN);
			const locator = page.locator('[data-test-id="resource-locator-modelId"] input').last();
			await locator.click();
			await locator.fill('flux-2');
			const entry = page.locator('[data-test-id=rlc-item]', {
				hasText: 'FLUX.2 flash · text to image · $0.012 / image',
			});
			await entry.waitFor();
			await page.waitForTimeout(500);
			await picture('n8n-model-list');
			await entry.click();
			const field = (label) =>
				page
					.locator('[data-test-id="parameter-item"], .parameter-item', { hasText: label })
					.last()
					.locator('input, textarea')
					.first();
			const prompt = field('Prompt');
			await prompt.waitFor();
			await prompt.fill('a teapot on the moon');
			await prompt.blur();
			await page.waitForTimeout(500);
			await picture('n8n-model-form');
			await page.click('[data-test-id=node-execute-button]');
			await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
			await page.locator('img[src*=binary]').first().waitFor();
			await page.waitForTimeout(500);
			await picture('n8n-model-run');
			const { body } = simulator.requests.findLast(({ route }) => route === 'models.submit');
			assert.deepEqual(body, { prompt: 'a teapot on the moon' });
			assert.deepEqual(editor.pageErrors, []);
		} finally {
			await editor.close();
		}
	});

	it('shows what comes out before the node has run, and hints for whoever builds workflows', async () => {
		const editor = await openEditor(n8n.url);
		const { page, picture } = editor;
		try {
			await editor.openWorkflow(VIDEO);
			const asked = page.waitForResponse((response) => response.url().includes('/schemas/'));
			await page.dblclick('[data-test-id=canvas-node][data-node-name="Next"]');
			const answer = await asked;
			assert.match(answer.url(), /runcomfy\.runComfy\/1\.1\.0\/model\/runAndWait\.json/);
			assert.equal(answer.status(), 200);
			await page.getByText('request_id').first().waitFor({ timeout: 10_000 });
			await page.waitForTimeout(500);
			await picture('n8n-model-schema');
		} finally {
			await editor.close();
		}
		const types = await n8n.rest('GET', '/types/nodes.json');
		const { builderHint } = types.find(({ name }) => name === TYPE);
		assert.match(builderHint.searchHint, /hosted model/);
	});

	it('parks a video, and goes on as soon as it is there', async () => {
		simulator.update({ latencyMs: 4_000 });
		const { status, items } = await executionsOf(n8n).run(VIDEO);
		assert.equal(status, 'success');
		const { service, timings } = items('Next')[0].json;
		assert.deepEqual([service, timings.resumes], ['model', 1]);
		assert.ok(timings.total_ms < 30_000, JSON.stringify(timings));
	});

	it('keeps a video over a restart of n8n, and pays for it once', async () => {
		const before = simulator.count('models.submit');
		simulator.update({ latencyMs: 45_000 });
		const executionId = await executionsOf(n8n).start(VIDEO);
		const isWaiting = async () =>
			(await n8n.rest('GET', `/rest/executions/${executionId}`)).status === 'waiting';
		await until('n8n has parked it', isWaiting, 30_000);
		await n8n.stop();
		n8n = await startN8n({ dir, port });
		const state = async () => (await n8n.rest('GET', `/rest/executions/${executionId}`)).status;
		await until(
			'it has ended',
			async () => !['running', 'waiting'].includes(await state()),
			240_000,
		);
		const { status, items } = await executionsOf(n8n).ended(executionId);
		assert.equal(status, 'success');
		const [item] = items('Next');
		assert.equal(item.json.service, 'model');
		assert.equal(item.json.model_id, simulator.modelIds.video);
		assert.equal(item.json.cost, 0.35);
		assert.equal(item.binary.data.mimeType, 'video/mp4');
		assert.equal(simulator.count('models.submit'), before + 1);
	});
});
