// Every workflow of the repository in a real n8n: imported and run as people run it. What comes out is compared with
// what the simulator was asked for and gave.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { say, startChatModel } from '../../../scripts/hosts/chat-model.mjs';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import {
	CREDENTIAL,
	isRecipe,
	MODEL_CREDENTIAL,
	readWorkflows,
	ready,
} from '../../../scripts/workflows.mjs';
import { executionsOf } from '../lib/executions.mjs';
import { PIXEL, submitForm } from '../lib/form.mjs';
import { assertFileOf, overridesOf } from '../lib/made-of.mjs';

const LATENCY_MS = 300;
const workflows = readWorkflows().filter((workflow) => !isRecipe(workflow));
const idOf = (name) =>
	`template${String(workflows.findIndex((w) => w.name === name)).padStart(8, '0')}`;
const nodeOf = (workflow, name) => workflow.nodes.find((node) => node.name === name);

void describe('workflows', () => {
	let dir;
	let simulator;
	let model;
	let n8n;
	let executions;
	let earlier;

	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-workflows-'));
		simulator = await startSimulator({ latencyMs: LATENCY_MS });
		model = await startChatModel();
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			credentials: [
				{ ...CREDENTIAL, data },
				{ ...MODEL_CREDENTIAL, data: { apiKey: 'not-checked', url: model.url } },
			],
			workflows: workflows.map(({ name, workflow }) =>
				open(ready(workflow, idOf(name), simulator.deploymentIds)),
			),
		});
		executions = executionsOf(n8n);
	});
	beforeEach(() => {
		simulator.update({ latencyMs: LATENCY_MS });
		simulator.clearFaults();
		earlier = new Set(simulator.jobs.keys());
	});
	after(async () => {
		await n8n?.stop();
		await model?.close();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The requests of the current test, oldest first. */
	const jobs = () =>
		[...simulator.jobs.values()].filter(({ requestId }) => !earlier.has(requestId));
	const assertFile = assertFileOf(() => executions);

	const cases = {
		async 'text-to-image.json'() {
			const outcome = await executions.run(idOf('text-to-image.json'));
			assert.equal(outcome.status, 'success');
			const [job, ...more] = jobs();
			assert.deepEqual(more, []);
			const prompt = 'a lighthouse in a storm, oil painting';
			assert.deepEqual(overridesOf(job), { '6.text': prompt, '31.seed': 9007199254740993n });
			const [item] = outcome.items('Run and Wait');
			await assertFile(item, job, { prompt, seed: '9007199254740993' });
		},

		async 'model-text-to-image.json'() {
			const outcome = await executions.run(idOf('model-text-to-image.json'));
			assert.equal(outcome.status, 'success');
			const [job] = jobs();
			assert.equal(job.modelId, simulator.modelIds.textToImage);
			const [item] = outcome.items('Run and Wait');
			assert.deepEqual([item.json.request_id, item.json.service], [job.requestId, 'model']);
			const bytes = await executions.file(item);
			assert.ok(bytes.includes(job.overrides.prompt), 'the picture is of the prompt');
		},

		async 'image-edit-from-form.json'() {
			const id = idOf('image-edit-from-form.json');
			await executions.activate(id);
			const form = `${n8n.url}/form/8a3f1f9e-02ff-4c7b-9a55-1d2c3b4a5fff`;
			await until('the form is there', async () => (await fetch(form)).ok);
			const prompt = 'make it a winter evening';
			const answer = await submitForm(form, { 'field-0': PIXEL, 'field-1': prompt });
			const status = new URL(answer.formWaitingUrl);
			status.pathname += '/n8n-execution-status';
			await until('the last page is there', async () => {
				const reply = await fetch(status, { signal: AbortSignal.timeout(5_000) });
				return (await reply.text()) === 'form-waiting';
			});
			const page = await (await fetch(answer.formWaitingUrl)).text();
			// The page's own script does the same.
			await fetch(answer.formWaitingUrl, { method: 'POST' });
			const outcome = await executions.latestOf(id);
			assert.equal(outcome.status, 'success');
			const [job] = jobs();
			const { '189.image': image, ...others } = overridesOf(job);
			assert.equal(image, `data:image/png;base64,${PIXEL.toString('base64')}`);
			const [item] = outcome.items('Edit Picture');
			assert.equal(others['6.text'], prompt);
			assert.equal(String(others['31.seed']), String(item.json.seed));
			await assertFile(item, job, { prompt, seed: item.json.seed });
			assert.ok(page.includes(item.json.files[0].url.split('?')[0]));
		},

		async 'batch-from-table.json'() {
			const outcome = await executions.run(idOf('batch-from-table.json'));
			assert.equal(outcome.status, 'success');
			const rows = outcome.items('Rows').map(({ json }) => json);
			const results = outcome.items('Table of Pictures');
			assert.equal(results.length, 4);
			const byId = new Map(jobs().map((job) => [job.requestId, job]));
			assert.equal(byId.size, rows.length);
			for (const [index, { name, prompt, seed, width }] of rows.entries()) {
				const item = results[index];
				assert.equal(item.json.name, name);
				const job = byId.get(item.json.request_id);
				const used = seed === 'random' ? item.json.seed : seed;
				const sent = overridesOf(job);
				assert.equal(sent['6.text'], prompt);
				assert.equal(String(sent['31.seed']), String(used));
				assert.equal(sent['27.width'] ?? 1024, width);
				await assertFile(item, job, { prompt, seed: used });
			}
			assert.ok(Number.isSafeInteger(results[3].json.seed));
		},

		async 'video-with-deadline.json'() {
			const id = idOf('video-with-deadline.json');
			const inTime = await executions.run(id);
			assert.equal(inTime.status, 'success');
			assert.equal(inTime.ran('Too Late?'), false);
			const prompt = 'a paper boat on a rainy street, slow camera';
			const [video] = inTime.items('Video Is There');
			await assertFile(video, jobs()[0], { kind: 'mp4', prompt, seed: 2024 });
			assert.equal(video.binary.data.mimeType, 'video/mp4');

			simulator.update({ latencyMs: 600_000 });
			const late = await executions.run(id, (workflow) => {
				nodeOf(workflow, 'Make Video').parameters.options.timeout = 2;
			});
			assert.equal(late.status, 'success');
			assert.equal(late.ran('Video Is There'), false);
			const [, job] = jobs();
			assert.equal(late.items('Make Video', 1)[0].json.error_code, 'timed_out');
			assert.equal(late.items('Without Video')[0].json.request_id, job.requestId);
			await until('the request is canceled', () => jobs()[1].state === 'canceled');
		},

		async 'chain-two-deployments.json'() {
			const outcome = await executions.run(idOf('chain-two-deployments.json'));
			assert.equal(outcome.status, 'success');
			const [drawn] = outcome.items('Draw');
			const [edited] = outcome.items('Edit');
			assert.equal(drawn.binary, undefined);
			const [first, second] = jobs();
			assert.equal(drawn.json.request_id, first.requestId);
			assert.equal(second.deploymentId, simulator.deploymentIds.imageEdit);
			assert.equal(overridesOf(second)['189.image'], drawn.json.files[0].url);
			const prompt = 'the same scene in winter, snow on the roof';
			await assertFile(edited, second, { prompt, seed: 78 });
		},

		async 'submit-now-collect-later.json'() {
			const outcome = await executions.run(idOf('submit-now-collect-later.json'), (workflow) => {
				Object.assign(nodeOf(workflow, 'Wait').parameters, { amount: 2, unit: 'seconds' });
			});
			assert.equal(outcome.status, 'success');
			const [job, ...more] = jobs();
			assert.deepEqual(more, []);
			assert.equal(outcome.items('Submit')[0].json.request_id, job.requestId);
			const prompt = 'an old map of an island that does not exist';
			await assertFile(outcome.items('Get Result')[0], job, { prompt, seed: 31337 });
		},

		// What RunComfy calls at the end is tested in trigger.test.mjs.
		async 'submit-and-trigger.json'() {
			const outcome = await executions.run(idOf('submit-and-trigger.json'));
			assert.equal(outcome.status, 'success');
			const [job, ...more] = jobs();
			assert.deepEqual(more, []);
			assert.equal(outcome.items('Submit')[0].json.request_id, job.requestId);
			assert.equal(outcome.ran('RunComfy Trigger'), false);
		},

		async 'error-branch.json'() {
			const id = idOf('error-branch.json');
			const good = await executions.run(id);
			assert.equal(good.items('Go On')[0].json.request_id, jobs()[0].requestId);
			assert.equal(good.ran('Which Error?'), false);

			simulator.inject({ name: 'run_failed', node_id: '31' });
			const failed = await executions.run(id);
			assert.equal(failed.status, 'success');
			const [mend] = failed.items('Mend the Workflow');
			assert.equal(mend.json.error_code, 'run_failed');
			assert.equal(mend.json.request_id, jobs()[1].requestId);
			assert.match(mend.json.message, /31|KSampler/);

			const broke = await executions.run(id, (workflow) => {
				const { noFunds } = simulator.deploymentIds;
				nodeOf(workflow, 'Run and Wait').parameters.deploymentId.value = noFunds;
			});
			assert.equal(broke.items('Ask the Owner')[0].json.error_code, 'insufficient_funds');

			simulator.inject({ name: 'error_in_200', on: 'submit', code: 400004, status: 400 });
			const inactive = await executions.run(id);
			const [owner] = inactive.items('Ask the Owner');
			assert.equal(owner.json.error_code, 'auth_failed');
			assert.match(owner.json.message, /400004.* whether the account is active/);

			const unconfirmed = jobs().length;
			simulator.inject({ name: 'reset_after_accept' });
			const unknown = await executions.run(id);
			const [later] = unknown.items('Look Again Later');
			assert.equal(later.json.error_code, 'submit_unconfirmed');
			assert.equal(jobs().length, unconfirmed + 1);

			const wrong = await executions.run(id, (workflow) => {
				nodeOf(workflow, 'Run and Wait').parameters.workflowInputs.value = { '6.txt': 'x' };
			});
			assert.equal(wrong.status, 'error');
			assert.match(wrong.error.message, /invalid_overrides/);
			assert.equal(jobs().length, unconfirmed + 1);
		},

		async 'ai-agent-tool.json'() {
			await executions.activate(idOf('ai-agent-tool.json'));
			const chat = `${n8n.url}/webhook/8a3f1f9e-08ff-4c7b-9a55-1d2c3b4a5fff/chat`;
			const prompt = 'a fox in the snow, ink drawing';
			model.plan({ call: 'Draw_Picture', args: { prompt } }, { say: 'Here it is.' });
			const answer = await until('the chat answers', () => say(chat, 'Draw a fox'), 60_000);
			assert.equal(answer.output, 'Here it is.');
			const [picture] = model.toolAnswers();
			const [job] = jobs();
			assert.equal(overridesOf(job)['6.text'], prompt);
			assertForModel(picture, job);
			assert.match(picture, /https?:[^"]+\.png/);
			const { tools } = model.requests[0];
			const names = tools.map(({ function: { name } }) => name);
			assert.deepEqual(names.sort(), ['Draw_Picture', 'Get_Result', 'Start_Video']);

			model.plan({ call: 'Start_Video', args: { prompt } }, { say: 'Started.' });
			await say(chat, 'Start a video of it');
			const [, video] = jobs();
			assertForModel(model.toolAnswers()[0], video);
			const args = { request_id: video.requestId, deployment_id: video.deploymentId };
			await until('the video is there', () => jobs()[1].state === 'succeeded');
			model.plan({ call: 'Get_Result', args }, { say: 'Done.' });
			await say(chat, 'Is it there?');
			const [result] = model.toolAnswers();
			assertForModel(result, video);
			assert.match(result, /https?:[^"]+\.mp4/);

			// The model learns why a tool failed; otherwise it would call the tool, and pay, again.
			const paid = jobs().length;
			simulator.inject({ name: 'run_failed', times: 1 });
			model.plan({ call: 'Draw_Picture', args: { prompt } }, { say: 'It failed.' });
			await say(chat, 'Draw another one');
			const [failure] = model.toolAnswers();
			assert.match(failure, /run_failed/);
			assert.ok(failure.includes(jobs()[paid].requestId), failure);
			assert.equal(jobs().length, paid + 1);
		},
	};

	for (const { name } of workflows) {
		it(name, { timeout: 120_000 }, () => {
			assert.ok(cases[name], `${name} has no case here`);
			return cases[name]();
		});
	}
});

/** If it has a chat, that can be reached from outside of the editor. */
function open(workflow) {
	for (const { type, parameters } of workflow.nodes) {
		if (type.endsWith('.chatTrigger')) Object.assign(parameters, { public: true, mode: 'webhook' });
	}
	return workflow;
}

/** The answer is short, has the ids, and contains no bytes of a file. */
function assertForModel(answer, { requestId }) {
	assert.ok(answer.includes(requestId), answer);
	assert.doesNotThrow(() => JSON.parse(answer), answer);
	assert.ok(answer.length < 3_000, `${answer.length} characters`);
	assert.doesNotMatch(answer, /base64|[A-Za-z0-9+/]{200}/);
}
