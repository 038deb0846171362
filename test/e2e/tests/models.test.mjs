// Hosted models in a real n8n: the list, the form, what people build, and a video whose execution outlives a restart.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '../../../scripts/free-port.mjs';
import { say, startChatModel } from '../../../scripts/hosts/chat-model.mjs';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { CREDENTIAL, MODEL_CREDENTIAL, ready } from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { PIXEL } from '../lib/form.mjs';
import { chatOf, IDS, modelWorkflows } from '../lib/model-workflows.mjs';
import { openEditor } from '../lib/n8n-editor.mjs';

/** How long the video takes during which n8n restarts: RUNCOMFY_VIDEO_MS=300000 for five minutes. */
const VIDEO_MS = Number(process.env.RUNCOMFY_VIDEO_MS ?? 45_000);

const FORM = 'modelform0000001';
const VIDEO = 'modelvideo000001';
const RUN = 'Run and Wait';
const TYPE = 'n8n-nodes-runcomfy.runComfy';

const textToImage = JSON.parse(readFileSync(join(root, 'workflows/text-to-image.json'), 'utf8'));

/** The workflow with other parameters of its node, and a node that takes its output. */
function withParameters(parameters) {
	const [trigger, run] = textToImage.nodes;
	const next = { id: 'next', name: 'Next', type: 'n8n-nodes-base.noOp', parameters: {} };
	return {
		...textToImage,
		nodes: [trigger, { ...run, parameters }, { ...next, typeVersion: 1, position: [520, 0] }],
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
	let chatModel;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-models-'));
		port = await freePort();
		simulator = await startSimulator();
		chatModel = await startChatModel();
		const video = {
			resource: 'model',
			operation: 'runAndWait',
			inputMode: 'json',
			modelId: { __rl: true, mode: 'id', value: simulator.modelIds.video },
			inputs: '{"prompt":"a boat","image_url":"https://example.com/boat.png"}',
		};
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			port,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			credentials: [
				{ ...CREDENTIAL, data },
				{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: chatModel.url } },
			],
			workflows: [
				...modelWorkflows(simulator),
				ready(withParameters({ resource: 'model' }), FORM, simulator.deploymentIds),
				ready(withParameters(video), VIDEO, simulator.deploymentIds),
			],
		});
	});
	after(async () => {
		await n8n?.stop();
		await chatModel?.close();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/**
	 * It begins before everything else, since n8n takes about a minute to return to what an earlier process has parked.
	 */
	let kept;
	/** Ids of the requests of other tests for the same model. */
	const otherVideos = [];

	it('parks a video, and is restarted', async () => {
		const { video } = simulator.modelIds;
		simulator.inject({ name: 'run_time', ms: VIDEO_MS, model_id: video });
		const executionId = await executionsOf(n8n).start(VIDEO);
		const isWaiting = async () =>
			(await n8n.rest('GET', `/rest/executions/${executionId}`)).status === 'waiting';
		await until('n8n has parked it', isWaiting, 30_000);
		kept = { executionId, requestIds: [...simulator.jobs.keys()] };
		await n8n.stop();
		n8n = await startN8n({ dir, port });
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
				hasText: 'FLUX.2 flash · $0.012 / image · text to image',
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
			assert.match(answer.url(), /runcomfy\.runComfy\/1\.0\.0\/model\/runAndWait\.json/);
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

	const submitsOf = (before) =>
		simulator.requests.filter(({ route }) => route === 'models.submit').slice(before);

	it('runs ten prompts side by side, and gives them back in their order', async () => {
		const before = simulator.count('models.submit');
		const { status, items } = await executionsOf(n8n).run(IDS.batch);
		assert.equal(status, 'success');
		assert.equal(simulator.count('models.submit'), before + 10);
		const prompts = items('Run').map(
			({ json }) => simulator.jobs.get(json.request_id).overrides.prompt,
		);
		assert.deepEqual(
			prompts,
			Array.from({ length: 10 }, (_, index) => `fox ${index}`),
		);
	});

	it('edits the picture of a binary field', async () => {
		const before = simulator.count('models.submit');
		const { status, items } = await executionsOf(n8n).run(IDS.edit);
		assert.equal(status, 'success');
		const [{ body }] = submitsOf(before);
		assert.equal(body.image, `data:image/png;base64,${PIXEL.toString('base64')}`);
		assert.match(items('Run')[0].binary.data.mimeType, /^image\//);
	});

	it('runs a LoRA deployment with direct inputs', async () => {
		const { status, items } = await executionsOf(n8n).run(IDS.lora);
		assert.equal(status, 'success');
		const [{ json, binary }] = items('Run');
		assert.deepEqual(simulator.jobs.get(json.request_id).overrides, { prompt: 'a red fox' });
		assert.match(binary.data.mimeType, /^image\//);
	});

	it('cancels a request that is queued, and says of one that runs that RunComfy will not', async () => {
		simulator.update({ latencyMs: 60_000, queueMs: 60_000 });
		const queued = await executionsOf(n8n).run(IDS.cancel);
		assert.equal(queued.items('Status')[0].json.status, 'canceled');
		simulator.update({ queueMs: 0 });
		const running = await executionsOf(n8n).run(IDS.cancel);
		assert.equal(running.items('Status')[0].json.status, 'in_progress');
		simulator.update({ latencyMs: 300 });
		const answers = [queued, running].map(({ items }) => items('Cancel')[0].json.status);
		assert.deepEqual(answers, ['cancellation_requested', 'not_cancellable']);
	});

	it('is the tool of an AI agent', async () => {
		await executionsOf(n8n).activate(IDS.agent);
		const prompt = 'a fox in the snow';
		chatModel.plan({ call: 'Draw', args: { prompt } }, { say: 'Here it is.' });
		const chat = chatOf(n8n.url);
		const answer = await until('the chat answers', () => say(chat, 'Draw a fox'), 60_000);
		assert.equal(answer.output, 'Here it is.');
		const [picture] = chatModel.toolAnswers();
		assert.match(picture, /https?:[^"]+\.(png|jpe?g|webp)/);
		assert.doesNotMatch(picture, /base64/);
	});

	it('parks a video, and goes on as soon as it is there', async () => {
		simulator.update({ latencyMs: 4_000 });
		const { status, items } = await executionsOf(n8n).run(VIDEO);
		assert.equal(status, 'success');
		const { service, timings, request_id: requestId } = items('Next')[0].json;
		otherVideos.push(requestId);
		assert.deepEqual([service, timings.resumes], ['model', 1]);
		assert.ok(timings.total_ms < 30_000, JSON.stringify(timings));
	});

	it('has kept the video over the restart, and paid for it once', async () => {
		const { executionId, requestIds } = kept;
		const state = async () => (await n8n.rest('GET', `/rest/executions/${executionId}`)).status;
		const goesOn = async () => ['running', 'waiting'].includes(await state());
		await until('it has ended', async () => !(await goesOn()), VIDEO_MS + 195_000);
		const { status, items } = await executionsOf(n8n).ended(executionId);
		assert.equal(status, 'success');
		const [{ json, binary }] = items('Next');
		assert.deepEqual([json.request_id], requestIds);
		assert.equal(json.service, 'model');
		assert.equal(json.model_id, simulator.modelIds.video);
		assert.equal(json.cost, 0.35);
		assert.equal(binary.data.mimeType, 'video/mp4');
		const paid = [...simulator.jobs.values()].filter(
			({ modelId }) => modelId === simulator.modelIds.video,
		);
		assert.deepEqual(
			paid.map(({ requestId }) => requestId),
			[...requestIds, ...otherVideos],
		);
	});
});
