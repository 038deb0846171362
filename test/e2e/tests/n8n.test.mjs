// The packed package in a real n8n: loaded, filled in, run from the editor, with a LoRA, parked, retried, and started
// by its trigger, also after a kill (test/queue kills n8n during runs). Also creates the half of the README's tour from
// the form to the image.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { CREDENTIAL, readWorkflows, ready } from '../../../scripts/workflows.mjs';
import { still } from '../lib/browser.mjs';
import { accountOf, byId, chain, openEditor, RUNCOMFY, START, useN8n } from '../lib/n8n.mjs';

/** Long enough that runs end only when the test says so, however slow the editor is. */
const RUN_MS = 600_000;

const IDS = {
	form: 'form000000000001',
	image: 'texttoimage00001',
	lora: 'lora000000000001',
	model: 'model00000000001',
	paid: 'paidruns00000001',
	trigger: 'trigger000000001',
	waiting: 'waiting000000001',
};

/** Forms shown in the documentation. */
const FORMS = { flux: 'flux-text-to-image' };

const TRIGGER = 'RunComfy Trigger';
const NEXT = { name: 'Next', type: 'n8n-nodes-base.noOp' };
const ours = (parameters, more = {}) => ({ name: 'Run', type: RUNCOMFY, parameters, ...more });

/** The names that n8n's editor gives to new nodes. */
const EDITOR_NAMES = {
	start: 'When clicking ‘Execute workflow’',
	run: 'Run ComfyUI workflow and wait',
	next: 'No Operation, do nothing',
};
const namedByEditor = (parameters) => [
	{ ...START, name: EDITOR_NAMES.start },
	ours(parameters, { name: EDITOR_NAMES.run }),
	{ ...NEXT, name: EDITOR_NAMES.next },
];

const twoItems = {
	name: 'Items',
	type: 'n8n-nodes-base.code',
	typeVersion: 2,
	parameters: { jsCode: 'return [{ json: { n: 0 } }, { json: { n: 1 } }];' },
};

const toTrigger = ({ url }) => {
	const { workflow } = readWorkflows().find(({ name }) => name === 'submit-and-trigger.json');
	const { webhookId } = workflow.nodes.find(({ name }) => name === TRIGGER);
	return { workflow, address: `${url}/webhook/${webhookId}/runcomfy` };
};

function workflowsFor(rig) {
	const { deploymentIds } = rig.simulator;
	const image = JSON.parse(readFileSync(join(root, 'workflows/text-to-image.json'), 'utf8'));
	const run = { resource: 'request', operation: 'runAndWait' };
	const images = byId(deploymentIds.textToImage);
	const ofImages = { ...run, inputMode: 'json', overrides: '{}', deploymentId: images };
	const direct = { inputMode: 'json', overrides: '{"prompt":"a red fox"}' };
	const ofLora = { ...run, ...direct, deploymentId: byId(deploymentIds.lora) };
	const tries = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	const { workflow, address } = toTrigger(rig);
	const told = ready(workflow, IDS.trigger, deploymentIds);
	told.nodes.find(({ name }) => name === 'Submit').parameters.options.webhook =
		`${address}?order=17&secret=open`;
	return [
		ready(image, IDS.image, deploymentIds),
		told,
		chain(IDS.form, [START, ours({})]),
		chain(IDS.lora, [START, ours(ofLora)]),
		chain(IDS.model, [START, ours({ resource: 'model' }), NEXT]),
		{ ...chain(IDS.waiting, namedByEditor(ofImages)), name: 'A picture in the evening light' },
		chain(IDS.paid, [START, twoItems, ours({ ...ofImages, options: { timeout: 0.5 } }, tries)]),
	];
}

void describe('n8n', () => {
	/** Milliseconds by which the service's clock is ahead. */
	let ahead = 0;
	const rig = useN8n({
		workflows: workflowsFor,
		simulator: { latencyMs: 300, webhookRetryMs: 500, now: () => Date.now() + ahead },
	});
	beforeEach(() => rig.simulator.update({ latencyMs: 300 }));
	const submits = () => rig.simulator.requests.filter(({ route }) => route === 'submit');

	it('loads the nodes, the first one also as a tool for agents, with hints for whoever builds workflows', async () => {
		const types = await rig.n8n.rest('GET', '/types/nodes.json');
		const own = types.filter(({ name }) => name.includes('runcomfy'));
		assert.deepEqual(own.map(({ name }) => name).sort(), [
			'n8n-nodes-runcomfy.runComfy',
			'n8n-nodes-runcomfy.runComfyTool',
			'n8n-nodes-runcomfy.runComfyTrigger',
		]);
		assert.match(own.find(({ name }) => name === RUNCOMFY).builderHint.searchHint, /hosted model/);
	});

	it('tests a credential: a right token and a wrong one', async () => {
		const test = (data) =>
			rig.n8n.rest('POST', '/rest/credentials/test', { credentials: { ...CREDENTIAL, data } });
		assert.equal((await test(accountOf(rig.simulator))).status, 'OK');
		const wrong = await test(accountOf(rig.simulator, 'wrong-token'));
		assert.equal(wrong.status, 'Error');
		assert.match(wrong.message, /does not know this token/);
		assert.doesNotMatch(JSON.stringify(wrong), /wrong-token/);
		assert.equal(rig.simulator.count('submit'), 0);
	});

	it('runs a LoRA deployment with direct inputs', async () => {
		const { status, items } = await rig.executions.run(IDS.lora);
		assert.equal(status, 'success');
		const [{ json, binary }] = items('Run');
		assert.deepEqual(rig.simulator.jobs.get(json.request_id).overrides, { prompt: 'a red fox' });
		assert.match(binary.data.mimeType, /^image\//);
	});

	const post = (address, body) =>
		fetch(`${address}?order=17`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
	const callbackOf = ({ requestId, deploymentId }) => ({
		request_id: requestId,
		deployment_id: deploymentId,
		status: 'succeeded',
	});
	const isThere = (address) =>
		until('the address is there', async () => (await post(address, {})).status === 400);
	/** Executions that the trigger has started, the newest first. */
	const triggered = async () =>
		(await rig.executions.list(IDS.trigger)).filter(({ mode }) => mode === 'webhook');
	/** Submits by hand, and waits until RunComfy has called. */
	const submitAndBeTold = async () => {
		const count = (await triggered()).length;
		const submit = await rig.executions.run(IDS.trigger);
		assert.equal(submit.status, 'success');
		const [newest] = await until('the trigger has started an execution', async () => {
			// With the test's own clock, RunComfy calls only when told to.
			await rig.simulator.settle();
			const all = await triggered();
			return all.length > count && all;
		});
		return {
			request: submit.items('Submit')[0].json,
			outcome: await rig.executions.ended(newest.id),
		};
	};

	it('has its trigger start an execution with the files, and with what the address has said', async () => {
		await rig.executions.activate(IDS.trigger);
		await isThere(toTrigger(rig).address);
		const { request, outcome } = await submitAndBeTold();
		assert.equal(outcome.status, 'success');
		const [item] = outcome.items(TRIGGER);
		assert.equal(item.json.request_id, request.request_id);
		assert.equal(item.json.status, 'succeeded');
		assert.deepEqual(item.json.query, { order: '17' });
		const bytes = await rig.executions.file(item);
		const hosted = await fetch(item.json.files[0].url, { headers: { 'user-agent': 'test' } });
		assert.ok(bytes.equals(Buffer.from(await hosted.arrayBuffer())));
		assert.ok(outcome.ran('Use the Files'));
	});

	it('does not start another execution for an event repeated after a kill', async () => {
		const { service } = rig.n8n;
		await service.stop('SIGKILL');
		await service.start();
		const { address } = toTrigger(rig);
		await isThere(address);
		const told = (await triggered()).length;
		const looks = rig.simulator.count('result');
		const [{ requestId }] = submits().slice(-1);
		const reply = await post(address, callbackOf(rig.simulator.jobs.get(requestId)));
		assert.equal(reply.status, 200);
		assert.equal((await triggered()).length, told);
		assert.equal(rig.simulator.count('result'), looks);
		// New requests still work.
		await submitAndBeTold();
	});

	void describe('in its editor', () => {
		let editor;
		before(async () => {
			editor = await openEditor(rig.url);
		});
		after(async () => {
			assert.deepEqual(editor?.pageErrors, []);
			await editor?.close();
		});

		for (const [name, deployment] of Object.entries(FORMS)) {
			it(`cuts off no label in the form of ${deployment}`, async () => {
				const { page, picture } = editor;
				await editor.openWorkflow(IDS.form);
				await editor.openNode('Run');
				await (await editor.listOf('deploymentId', deployment)).click();
				const fields = page.locator('[data-test-id=mapping-fields-container] .parameter-item');
				await fields.first().waitFor();
				// Moving the mouse away hides the hover details.
				await page.mouse.move(10, 10);
				await page.waitForTimeout(800);
				await picture(`n8n-form-${name}`, page.locator('[data-test-id=node-parameters]'));
				assert.deepEqual(await fields.evaluateAll(cutLabels), []);
			});
		}

		it('turns the chosen deployment into a form, filled and run', async () => {
			const { page, picture } = editor;
			const prompt = 'a red fox in the snow';
			const show = (at, caption) => still(page, `n8n-${at}`, `n8n: ${caption}`, { x: 508, y: 65 });
			rig.simulator.update({ latencyMs: 4_000 });
			await page.setViewportSize({ width: 1440, height: 900 });
			await editor.newWorkflow();
			await editor.addNode('trigger manually', 'Trigger manually');
			await editor.addNode('runcomfy', 'RunComfy', EDITOR_NAMES.run);
			const deployment = await editor.listOf('deploymentId', /^text-to-image$/);
			await deployment.hover();
			await show(1, 'choose one of your deployments');
			await deployment.click();
			await page.locator('.parameter-item', { hasText: 'Positive Prompt' }).last().waitFor();
			await page.waitForTimeout(800);
			await show(2, 'the inputs of its ComfyUI workflow are a form');
			await editor.fill('Positive Prompt', prompt);
			await show(3, 'change the prompt, leave the rest');
			await page.click('[data-test-id=node-execute-button]');
			await page.mouse.move(10, 10);
			await page.waitForTimeout(1_500);
			await show(4, 'it runs on a GPU at RunComfy');
			await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
			const image = page.locator('img[src*=binary]').first();
			await until('the picture is there', () => image.evaluate((one) => one.naturalWidth > 0));
			// Waits until the success message disappears.
			await page.waitForTimeout(6_000);
			await show(5, 'the image is in the output');
			await picture('n8n-form');
			assert.equal(submits().at(-1).body.overrides['6'].inputs.text, prompt);
			await page.setViewportSize({ width: 1440, height: 960 });
		});

		it('lists models with their prices, and makes a form of what one takes', async () => {
			await editor.openWorkflow(IDS.model);
			await editor.openNode('Run');
			const label = 'FLUX.2 flash · $0.012 / image · text to image';
			await (await editor.listOf('modelId', label, 'flux-2')).click();
			await editor.fill('Prompt', 'a teapot on the moon');
		});

		it('shows what comes out before the node has run', async () => {
			const { page } = editor;
			await editor.openWorkflow(IDS.model);
			const asked = page.waitForResponse((response) => response.url().includes('/schemas/'));
			await page.dblclick('[data-test-id=canvas-node][data-node-name="Next"]');
			const answer = await asked;
			assert.match(answer.url(), /runcomfy\.runComfy\/1\.0\.0\/model\/runAndWait\.json/);
			assert.equal(answer.status(), 200);
			await page.getByText('request_id').first().waitFor();
		});

		it('says of a parked run that it waits, and goes on when the run has ended', async () => {
			const { page, picture } = editor;
			rig.simulator.update({ latencyMs: RUN_MS });
			const before = submits().length;
			await editor.openWorkflow(IDS.waiting);
			await page.click('[data-test-id=execute-workflow-button]');
			await until('n8n has parked it', async () =>
				(await rig.executions.list(IDS.waiting)).some(({ status }) => status === 'waiting'),
			);
			await page.dblclick(`[data-test-id=canvas-node][data-node-name="${EDITOR_NAMES.run}"]`);
			await page.getByText('Waiting for RunComfy').first().waitFor();
			await page.goto(`${rig.url}/workflow/${IDS.waiting}/executions`);
			await page.getByText('Waiting').first().waitFor();
			await page.waitForTimeout(1_500);
			await picture('n8n-waiting-list');

			ahead += RUN_MS;
			const { status, items } = await rig.executions.latestOf(IDS.waiting);
			assert.equal(status, 'success');
			const { timings, request_id: id } = items(EDITOR_NAMES.next)[0].json;
			assert.deepEqual(
				[id],
				submits()
					.slice(before)
					.map(({ requestId }) => requestId),
			);
			assert.ok(Math.abs(timings.run_ms - RUN_MS) < 10_000, JSON.stringify(timings));
		});

		it('shows the address of a new trigger', async () => {
			const { page, picture } = editor;
			await editor.newWorkflow();
			await editor.addNode('runcomfy', 'RunComfy', 'On succeeded');
			await page.getByText('Webhook URLs', { exact: true }).click();
			await page.click('[data-test-id=radio-button-production]');
			await page.getByText(/:\d+\/webhook\//).waitFor();
			await page.waitForTimeout(500);
			await picture('n8n-trigger');
		});

		it('waits for a test event', async () => {
			const { page } = editor;
			await editor.openWorkflow(IDS.trigger);
			await editor.openNode(TRIGGER);
			await page.click('[data-test-id=node-execute-button]');
			const test = toTrigger(rig).address.replace('/webhook/', '/webhook-test/');
			await isThere(test);
			// An event that was reported before the restart.
			const reply = await post(test, callbackOf(rig.simulator.jobs.get(submits().at(0).requestId)));
			assert.equal(reply.status, 200);
			await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
			await page.locator('img[src*=binary]').first().waitFor({ timeout: 20_000 });
		});
	});

	it('submits each item once over three tries, and over a retry by hand', async () => {
		rig.simulator.update({ latencyMs: RUN_MS });
		const before = submits().length;
		const paid = () =>
			submits()
				.slice(before)
				.map(({ requestId }) => requestId)
				.sort();
		const failed = await rig.executions.run(IDS.paid);
		assert.equal(failed.status, 'error');
		const { data } = failed.error.context;
		assert.equal(data.error_code, 'timed_out');
		assert.equal(paid().length, 2);
		const named = data.error_details.requests.map(({ request_id }) => request_id);
		assert.deepEqual(named.sort(), paid());
		for (const id of paid()) assert.ok(failed.error.description.includes(id));

		ahead += RUN_MS;
		const [{ id }] = await rig.executions.list(IDS.paid);
		await rig.n8n.rest('POST', `/rest/executions/${id}/retry`, { loadWorkflow: false });
		const done = await rig.executions.latestOf(IDS.paid);
		assert.equal(done.status, 'success', done.error?.message);
		const came = done.items('Run').map(({ json }) => json.request_id);
		assert.deepEqual(came.sort(), paid());
		assert.equal(done.items('Run')[0].binary.data.mimeType, 'image/png');
		assert.equal(paid().length, 2);
	});
});

/* Runs in the page. */
function cutLabels(fields) {
	const labels = fields.flatMap((field) => [...field.querySelectorAll('label, label *')]);
	return labels
		.filter(({ clientWidth, scrollWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
		.map(({ textContent }) => textContent.trim());
}
