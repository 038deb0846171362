// The packed package in real Node-REDs: installed as the palette manager does, filled in and run from the editor, with
// a hosted model and a LoRA; stopped and killed while requests go on.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import {
	button,
	exampleOf,
	OLDEST,
	onTab,
	RELEASES,
	tabAndAccount,
	useEditor,
} from '../lib/node-red.mjs';

const { 'node-red': manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const FLUX = 'blackforestlabs/flux-2/flash/text-to-image';
const HOOK = '/runcomfy/known-to-the-caller';
const TOLD = 'TOLD ';

const exampleFor = ({ simulator, dir }) => exampleOf('01-first-image', simulator, dir);

/** A node that is filled in, two that a user will fill in, one with long runs, and a flow that RunComfy calls. */
const flowFor = (rig, edit = 0) => {
	const { simulator, dir, url } = rig;
	const [tab, account] = tabAndAccount(simulator);
	const images = { deploymentId: simulator.deploymentIds.textToImage, deploymentIdType: 'str' };
	const rows = { inputMode: 'rows', target: 'deployment', ...images };
	const prompt = { nodeId: '', input: 'prompt', type: 'msg', value: 'payload', label: 'Prompt' };
	const model = { target: 'model', modelId: simulator.modelIds.textToImage, modelIdType: 'str' };
	const saved = { output: 'saved', directory: join(dir, 'lasting'), directoryType: 'str' };
	return [
		...exampleFor(rig),
		tab,
		{ ...account, concurrency: 20 },
		...onTab([
			button('press_model', 'model'),
			{ id: 'model', type: 'runcomfy-run', ...rows },
			button('press_lora', 'lora'),
			{ id: 'lora', type: 'runcomfy-run', ...rows },
			button('press_lasting', 'lasting'),
			{
				id: 'lasting',
				type: 'runcomfy-run',
				name: `edit ${edit}`,
				inputMode: 'rows',
				rows: [prompt],
				...model,
				...saved,
			},
			button('press_submit', 'submit'),
			{
				id: 'submit',
				type: 'runcomfy-submit',
				...images,
				webhook: `'${url}${HOOK}?topic=' & $encodeUrlComponent(topic)`,
				webhookType: 'jsonata',
			},
			{
				id: 'hook',
				type: 'http in',
				url: HOOK,
				method: 'post',
				wires: [['result']],
			},
			{
				id: 'result',
				type: 'runcomfy-result',
				deploymentId: 'payload.deployment_id',
				deploymentIdType: 'msg',
				requestId: 'payload.request_id',
				requestIdType: 'msg',
				wires: [['tell']],
			},
			{
				id: 'tell',
				type: 'function',
				func: `node.warn('${TOLD}' + JSON.stringify([msg.requestId, msg.req.query.topic, msg.status])); return msg;`,
				wires: [['answer']],
			},
			{ id: 'answer', type: 'http response', statusCode: '200' },
		]),
	];
};

for (const release of [OLDEST, ...RELEASES]) {
	void describe(`Node-RED ${release}`, () => {
		const flow = release === OLDEST ? exampleFor : flowFor;
		const rig = useEditor(release, { flow, simulator: { latencyMs: 300, queueMs: 0 } });
		const jobs = () => [...rig.simulator.jobs.values()];

		it('loads every node', async () => {
			const answer = await fetch(`${rig.url}/nodes`, { headers: { accept: 'application/json' } });
			const ours = (await answer.json()).filter(
				({ module }) => module === 'node-red-contrib-runcomfy',
			);
			const broken = ours.filter(({ err, enabled }) => err || !enabled);
			assert.deepEqual(broken, []);
			assert.deepEqual(ours.map(({ name }) => name).sort(), Object.keys(manifest.nodes).sort());
		});

		it('is filled in, deployed and run from the editor', async () => {
			const { editor } = rig;
			const run = 'runcomfy_first_run';
			await editor.edit(run);
			await editor.page.fill(
				'.form-row:has(#node-input-deploymentId) .runcomfy-combobox',
				rig.simulator.deploymentIds.textToImage,
			);
			await editor.page.click('#node-dialog-ok');
			await editor.deploy();
			await rig.nodeRed.inject('runcomfy_first_inject');
			const saved = join(rig.dir, 'runcomfy-images');
			const [name] = await until('the file is saved', () => {
				const names = readdirSync(saved).filter((file) => file.endsWith('.png'));
				return names.length > 0 && names;
			});
			assert.equal(readFileSync(join(saved, name)).subarray(1, 4).toString(), 'PNG');
			await until('the node shows that it is done', async () => {
				const status = await editor.statusOf(run);
				return status?.fill === 'green' || status?.text === undefined;
			});
		});

		if (release === OLDEST) return;
		const ended = (of) =>
			until('it has run', () => jobs().find((job) => job.state === 'succeeded' && of(job)));

		it('runs a hosted model, and shows its name and cost among the jobs', async () => {
			const { editor, dialog } = rig;
			const { page } = editor;
			await dialog.edit('model');
			await page.selectOption('#node-input-target', 'model');
			await dialog.choose(
				dialog.model(),
				'flux-2',
				'FLUX.2 flash · $0.012 / image · text to image',
			);
			await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await dialog.done();
			await editor.deploy();
			await rig.nodeRed.inject('press_model');
			const job = await ended(({ modelId }) => modelId === FLUX);
			assert.deepEqual(job.overrides, { prompt: 'a red fox' });
			await page.evaluate(() => globalThis['RED'].actions.invoke('runcomfy:show-jobs-tab'));
			const row = page.locator('.runcomfy-job[data-job]').first();
			await until('it is there', async () => /\$0\.012/.test((await row.textContent()) ?? ''));
			assert.match((await row.textContent()) ?? '', /FLUX\.2 flash/);
		});

		it('takes names and values for a LoRA deployment, and marks a row of a workflow', async () => {
			const { editor, dialog } = rig;
			await dialog.edit('lora');
			await dialog.choose(dialog.deployment(), 'image-edit');
			await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await dialog.choose(dialog.deployment(), 'lora-text');
			const ofWorkflow = dialog.rowAt(0);
			await until('it is marked', async () => /no such/.test(await dialog.noteOf(ofWorkflow)));
			const row = await dialog.addEmptyRow();
			await dialog.inputOf(row).fill('prompt');
			assert.match(await dialog.listRemark(), /^Enter the name/);
			await dialog.inputOf(row).press('Tab');
			await dialog.setValue(row, 'a red fox');
			assert.equal(await dialog.noteOf(row), '');
			await dialog.done();
			assert.match(String((await editor.nodeOf('lora')).wrong), /There is no such input here/);
			await dialog.edit('lora');
			await until('it is marked', async () => /no such/.test(await dialog.noteOf(ofWorkflow)));
			await dialog.removeRow(ofWorkflow);
			await until('all is well', async () => /^Enter the name/.test(await dialog.rowsNote()));
			assert.deepEqual(await dialog.untranslated(), []);
			await editor.picture(`node-red-${release}-lora`);
			await dialog.done();
			assert.deepEqual((await editor.nodeOf('lora')).wrong, []);
			await editor.deploy();
			await rig.nodeRed.inject('press_lora');
			const { lora } = rig.simulator.deploymentIds;
			const job = await ended(({ deploymentId }) => deploymentId === lora);
			assert.deepEqual(job.overrides, { prompt: 'a red fox' });
		});

		for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
			it(`tells after a ${signal} what has ended meanwhile, once, when RunComfy repeats its calls`, async () => {
				await rig.editor.page.goto('about:blank');
				const earlier = jobs().length;
				const own = () => jobs().slice(earlier);
				rig.lines.length = 0;
				const told = () =>
					rig.lines
						.filter((line) => line.includes(TOLD))
						.map((line) => JSON.parse(line.slice(line.indexOf(TOLD) + TOLD.length)));
				rig.simulator.update({ latencyMs: 2_000 });
				for (let sent = 0; sent < 3; sent += 1) {
					await rig.nodeRed.inject('press_submit', [{ p: 'topic', v: `order ${sent}`, vt: 'str' }]);
					await until('it is accepted', () => own().length > sent);
				}
				// Waits until the answers are written to disk.
				await new Promise((resolve) => setTimeout(resolve, 500));
				await rig.nodeRed.stop(signal);
				await until('all have ended', () => own().every(({ finishedAt }) => finishedAt));
				await rig.start();
				await until('all are told', () => told().length >= 3);
				const ends = own().map(({ requestId }, sent) => [requestId, `order ${sent}`, 'succeeded']);
				assert.deepEqual(told().sort(), ends.sort());
			});
		}

		it('ends each of ten runs once, over deploys and a SIGKILL, and pays for each once', async () => {
			// Otherwise its page would report the other deploys.
			await rig.editor.page.goto('about:blank');
			const earlier = jobs().length;
			const own = () => jobs().slice(earlier);
			const started = () =>
				rig.lines.filter((line) => /Started (modified )?(flows|nodes)/.test(line)).length;
			const saved = join(rig.dir, 'lasting');
			mkdirSync(saved, { recursive: true });
			const files = () => readdirSync(saved).filter((name) => !/^\.|\.part$/.test(name));
			rig.simulator.update({ latencyMs: 15_000 });
			const prompts = Array.from({ length: 10 }, (_, at) => `fox ${at}`);
			for (const [at, prompt] of prompts.entries()) {
				await rig.nodeRed.inject('press_lasting', [{ p: 'payload', v: prompt, vt: 'str' }]);
				const type = /** @type {const} */ (['nodes', 'flows', 'full'])[at];
				if (!type) continue;
				const before = started();
				await rig.nodeRed.deploy(flowFor(rig, at + 1), type);
				await until('its nodes have started', () => started() > before);
			}
			// The journal contains its id by then.
			const looked = ({ requestId }) =>
				rig.simulator.requests.some(
					({ route, path }) => route === 'models.status' && path.includes(requestId),
				);
			await until('Node-RED waits for all', () => own().filter(looked).length === 10);
			await rig.nodeRed.stop('SIGKILL');
			await rig.start();
			await until('all are saved', () => files().length === 10, 100_000);
			const ends = own().map(({ overrides, state }) => [overrides.prompt, state]);
			assert.deepEqual(
				ends.sort(),
				prompts.map((prompt) => [prompt, 'succeeded']),
			);
			const pictures = files().map((name) => readFileSync(join(saved, name), 'latin1'));
			for (const prompt of prompts)
				assert.equal(pictures.filter((picture) => picture.includes(prompt)).length, 1, prompt);
		});
	});
}
