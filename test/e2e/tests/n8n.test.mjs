// The packed package in a real n8n: loaded, tested, run from the editor and by webhook, stopped.
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
import { openEditor } from '../lib/n8n-editor.mjs';

const textToImage = JSON.parse(readFileSync(join(root, 'workflows/text-to-image.json'), 'utf8'));

/** The same run behind a production webhook. */
function behindWebhook(workflow) {
	const [trigger, run] = workflow.nodes;
	return {
		...workflow,
		name: 'By webhook',
		nodes: [
			{
				...trigger,
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: '5b1f6a0e-7a51-4d64-9d3e-1f2a3b4c5d6e',
				parameters: { httpMethod: 'POST', path: 'run', responseMode: 'lastNode' },
			},
			run,
		],
		connections: { Webhook: { main: [[{ node: run.name, type: 'main', index: 0 }]] } },
	};
}

/** A node as it is when it has just been added. */
const bare = {
	name: 'Form',
	nodes: [
		textToImage.nodes[0],
		{
			id: 'form-node',
			name: 'RunComfy',
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [260, 0],
			parameters: {},
		},
	],
	connections: {
		[textToImage.nodes[0].name]: { main: [[{ node: 'RunComfy', type: 'main', index: 0 }]] },
	},
	settings: { executionOrder: 'v1' },
};

void describe('n8n', () => {
	let dir;
	let simulator;
	let n8n;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-n8n-'));
		simulator = await startSimulator();
		const { deploymentIds } = simulator;
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			credentials: [{ ...CREDENTIAL, data: credentialData() }],
			workflows: [
				ready(textToImage, 'texttoimage00001', deploymentIds),
				ready(behindWebhook(textToImage), 'bywebhook0000001', deploymentIds),
				ready(bare, 'form000000000001', deploymentIds),
			],
		});
	});
	after(async () => {
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	const credentialData = (apiToken = simulator.token) => ({
		apiToken,
		baseUrl: simulator.url,
		apiVersion: 'v1',
	});

	it('loads the nodes, the first one also as a tool for agents', async () => {
		const types = await n8n.rest('GET', '/types/nodes.json');
		const ours = types.map(({ name }) => name).filter((name) => name.includes('runcomfy'));
		assert.deepEqual(ours.sort(), [
			'n8n-nodes-runcomfy.runComfy',
			'n8n-nodes-runcomfy.runComfyTool',
			'n8n-nodes-runcomfy.runComfyTrigger',
		]);
	});

	it('tests a credential: a right token and a wrong one', async () => {
		const test = (data) =>
			n8n.rest('POST', '/rest/credentials/test', { credentials: { ...CREDENTIAL, data } });
		assert.equal((await test(credentialData())).status, 'OK');
		const wrong = await test(credentialData('wrong-token'));
		assert.equal(wrong.status, 'Error');
		assert.match(wrong.message, /does not know this token/);
		assert.doesNotMatch(JSON.stringify(wrong), /wrong-token/);
		assert.equal(simulator.count('submit'), 0);
	});

	for (const colorScheme of ['light', 'dark']) {
		it(`runs from the editor (${colorScheme}) and shows the picture`, async () => {
			const editor = await openEditor(n8n.url, { colorScheme });
			const { page, picture } = editor;
			try {
				await editor.openWorkflow('texttoimage00001');
				await picture(`n8n-canvas-${colorScheme}`);
				const actions = await editor.findActions('RunComfy');
				assert.ok(actions.includes('Run ComfyUI workflow and wait'), actions.join());
				await picture(`n8n-panel-${colorScheme}`);
				await page.keyboard.press('Escape');
				await editor.openNode('Run and Wait');
				await page.click('[data-test-id=node-execute-button]');
				await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
				const image = page.locator(
					'[data-test-id=ndv-run-data] img, .binary-data img, img[src*=binary]',
				);
				await image.first().waitFor({ timeout: 20_000 });
				await page.waitForTimeout(500);
				await picture(`n8n-output-${colorScheme}`);
				assert.deepEqual(editor.pageErrors, []);
			} finally {
				await editor.close();
			}
		});
	}

	it('turns the chosen deployment into a form, filled and run', async () => {
		const prompt = 'a teapot on the moon';
		const editor = await openEditor(n8n.url);
		const { page, picture } = editor;
		try {
			await editor.openWorkflow('form000000000001');
			await editor.openNode('RunComfy');
			await page.locator('[data-test-id="resource-locator-deploymentId"] input').last().click();
			await page.locator('[data-test-id=rlc-item]', { hasText: /^text-to-image$/ }).click();
			const field = (label) =>
				page
					.locator('[data-test-id="parameter-item"], .parameter-item', { hasText: label })
					.last()
					.locator('input, textarea')
					.first();
			const text = field('Positive Prompt');
			await text.waitFor();
			await text.fill(prompt);
			await text.blur();
			await page.waitForTimeout(500);
			await picture('n8n-form');
			await page.click('[data-test-id=node-execute-button]');
			await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
			await page.locator('img[src*=binary]').first().waitFor();
			await page.waitForTimeout(500);
			await picture('n8n-form-run');
			const { body } = simulator.requests.findLast(({ route }) => route === 'submit');
			assert.equal(body.overrides['6'].inputs.text, prompt);
			assert.deepEqual(editor.pageErrors, []);
		} finally {
			await editor.close();
		}
	});

	it('runs by production webhook', async () => {
		const { versionId } = await n8n.rest('GET', '/rest/workflows/bywebhook0000001');
		await n8n.rest('POST', '/rest/workflows/bywebhook0000001/activate', { versionId });
		// n8n answers the activation before the address exists.
		const answer = await until('the webhook is registered', async () => {
			const reply = await fetch(`${n8n.url}/webhook/run`, { method: 'POST' });
			return reply.status !== 404 && reply;
		});
		assert.equal(answer.status, 200);
		const item = await answer.json();
		assert.equal(item.status, 'succeeded');
		assert.match(item.files[0].url, /^http.*\.png/);
		assert.equal(item.files[0].binary_property, 'data');
	});

	/** Runs a workflow whose request does not end by itself. Resolves once that is in progress. */
	const startEndless = async () => {
		simulator.update({ latencyMs: 600_000 });
		const workflowData = await n8n.rest('GET', '/rest/workflows/texttoimage00001');
		const { executionId } = await n8n.rest('POST', '/rest/workflows/texttoimage00001/run', {
			workflowData,
			triggerToStartFrom: { name: workflowData.nodes[0].name },
		});
		const job = () => [...simulator.jobs.values()].find(({ state }) => state === 'in_progress');
		return { executionId, job, started: await until('the request is in progress', job) };
	};

	it('cancels the request when the execution is stopped', async () => {
		const submits = simulator.count('submit');
		const { executionId, job } = await startEndless();
		await n8n.rest('POST', `/rest/executions/${executionId}/stop`);
		// It is parked. Its watcher reads every 15 s whether it was stopped, and once more 5 s later.
		await until('the cancel has come', () => simulator.count('cancel') === 1, 45_000);
		await until('the request is canceled', () => !job(), 10_000);
		assert.equal(simulator.count('submit'), submits + 1);
	});

	it('says so when the request is canceled elsewhere: that is no stop of the execution', async () => {
		const { executionId, started } = await startEndless();
		const requests = `/prod/v1/deployments/${started.deploymentId}/requests`;
		await fetch(`${simulator.url}${requests}/${started.requestId}/cancel`, {
			method: 'POST',
			headers: { authorization: `Bearer ${simulator.token}` },
		});
		const execution = await until(
			'the execution has ended',
			async () => {
				const found = await n8n.rest('GET', `/rest/executions/${executionId}`);
				return !['running', 'waiting'].includes(found.status) && found;
			},
			30_000,
		);
		assert.equal(execution.status, 'error');
	});
});
