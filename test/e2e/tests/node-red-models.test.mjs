// Hosted models and LoRA deployments in a real Node-RED: chosen, filled in, run, and seen in the sidebar.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { openEditor } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const FLUX = 'blackforestlabs/flux-2/flash/text-to-image';

const flowFor = ({ url, token, deploymentIds }) => [
	{ id: 'tab', type: 'tab', label: 'Pictures' },
	{
		id: 'account',
		type: 'runcomfy-config',
		name: 'Studio',
		baseUrl: url,
		apiVersion: 'v1',
		credentials: { apiToken: token },
	},
	...['run', 'lora'].flatMap((id, at) => [
		{
			id: `press_${id}`,
			type: 'inject',
			z: 'tab',
			x: 140,
			y: 100 + 60 * at,
			repeat: '',
			crontab: '',
			props: [{ p: 'payload', v: 'a red fox', vt: 'str' }],
			wires: [[id]],
		},
		{
			id,
			type: 'runcomfy-run',
			z: 'tab',
			x: 340,
			y: 100 + 60 * at,
			config: 'account',
			inputMode: 'rows',
			target: 'deployment',
			deploymentId: id === 'lora' ? deploymentIds.textToImage : '',
			deploymentIdType: 'str',
			wires: [[]],
		},
	]),
];

void describe('Node-RED 5: what RunComfy runs besides workflows', () => {
	const options = { latencyMs: 300, queueMs: 0 };
	const rig = useNodeRed('5', { flow: ({ simulator }) => flowFor(simulator), simulator: options });
	let editor;
	let dialog;
	before(async () => {
		editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1200, height: 1000 } });
		editor.page.setDefaultTimeout(30_000);
		dialog = dialogOf(editor);
	});
	after(() => editor?.close());

	const model = () => editor.page.locator('.form-row:has(#node-input-modelId) .runcomfy-combobox');
	const rowsNote = () => editor.page.textContent('.form-row:has(#runcomfy-rows) > .runcomfy-note');
	const tray = () => editor.page.locator('.red-ui-tray').last();
	const ended = (of) =>
		until('it has run', () =>
			[...rig.simulator.jobs.values()].find((job) => job.state === 'succeeded' && of(job)),
		);

	it('shows of a deployment one row more than before', async () => {
		await dialog.edit('run');
		await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
		assert.equal(await model().isVisible(), false);
		await editor.picture('node-red-target-deployment', tray());
		assert.deepEqual(await dialog.tooWide(), []);
	});

	it('finds a model by what is typed, with its price', async () => {
		const { page, picture } = editor;
		await page.selectOption('#node-input-target', 'model');
		assert.equal(await dialog.deployment().isVisible(), false);
		assert.equal(await page.isVisible('#node-input-webhook'), false);
		await model().click();
		await model().pressSequentially('flux-2');
		const label = 'FLUX.2 flash · $0.012 / image · text to image';
		await until('it is found', async () => String(await dialog.options()) === label);
		await picture('node-red-model-search', tray());
		await page.locator('.runcomfy-list:visible [role=option]').click();
		assert.equal(await model().inputValue(), 'FLUX.2 flash');
		await until('its price is told', async () =>
			/\$0\.012/.test(await page.textContent('.form-row:has(#node-input-modelId) .runcomfy-note')),
		);
	});

	it('has rows of its schema, checked as they are typed', async () => {
		const { picture } = editor;
		await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
		const scale = await dialog.addRow('guidance', 'Guidance Scale');
		await dialog.setValue(scale, '99');
		assert.equal((await dialog.noteOf(scale)).trim(), 'must be at most 20');
		await dialog.setValue(scale, '3.5');
		const format = await dialog.addRow('output', 'Output Format');
		assert.equal(await dialog.typeOf(format), 'choice');
		await picture('node-red-model', tray());
		assert.deepEqual(await dialog.untranslated(), []);
		assert.deepEqual(await dialog.tooWide(), []);
		await dialog.done();
	});

	it('runs the model, and shows its name and cost among the jobs', async () => {
		const { page, picture } = editor;
		await editor.deploy();
		await rig.nodeRed.inject('press_run');
		const job = await ended(({ modelId }) => modelId === FLUX);
		assert.deepEqual(job.overrides, {
			prompt: 'a red fox',
			guidance_scale: 3.5,
			output_format: 'png',
		});
		await page.evaluate(() => globalThis.RED.actions.invoke('runcomfy:show-jobs-tab'));
		const row = page.locator('.runcomfy-job[data-job]').first();
		await until('it is there', async () => /\$0\.012/.test((await row.textContent()) ?? ''));
		assert.match((await row.textContent()) ?? '', /FLUX\.2 flash/);
		await picture('node-red-model-jobs');
	});

	it('shows the model by its name again, and keeps the rows of each kind apart', async () => {
		const { page } = editor;
		await dialog.edit('run');
		await until('it is named', async () => (await model().inputValue()) === 'FLUX.2 flash');
		const mode = page.locator('#node-input-inputMode option:checked');
		assert.equal(await mode.textContent(), 'Inputs of the model');
		await page.selectOption('#node-input-target', 'deployment');
		await until('its row', async () => (await page.locator('.runcomfy-row').count()) === 1);
		await page.selectOption('#node-input-target', 'model');
		await until('its rows', async () => (await page.locator('.runcomfy-row').count()) === 3);
		await dialog.cancel();
	});

	it('tells once that an account is not deployed', async () => {
		const { page } = editor;
		await page.evaluate(() => {
			const { RED } = globalThis;
			RED.nodes.add({
				id: 'new',
				type: 'runcomfy-config',
				name: 'New',
				users: [],
				credentials: {},
				_def: RED.nodes.getType('runcomfy-config'),
				baseUrl: '',
				apiVersion: 'v1',
			});
		});
		await dialog.edit('lora');
		await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
		const said = page.locator('.runcomfy-note-error:visible');
		for (const target of ['deployment', 'model']) {
			await page.selectOption('#node-input-target', target);
			await page.selectOption('#node-input-config', 'new');
			await until('it is told', async () => (await said.count()) > 0);
			await page.waitForLoadState('networkidle');
			assert.equal(await said.count(), 1);
			assert.match(await said.textContent(), /account is new here/);
		}
		await editor.picture('node-red-new-account', tray());
		await dialog.cancel();
	});

	it('changes to direct inputs for a LoRA deployment, and takes names and values', async () => {
		const { page, picture } = editor;
		const mode = () => page.inputValue('#node-input-inputMode');
		await dialog.edit('lora');
		await dialog.choose(dialog.deployment(), 'lora-image');
		await until('it says so', async () => /shows no workflow/.test((await rowsNote()) ?? ''));
		assert.equal(await mode(), 'direct');
		await page.selectOption('#node-input-inputMode', 'json');
		await dialog.choose(dialog.deployment(), 'lora-text');
		await until('it changes again', async () => (await mode()) === 'direct');
		await page.click('.form-row:has(#runcomfy-rows) .red-ui-editableList-addButton >> nth=0');
		const name = dialog.rowAt(0).locator('.runcomfy-combobox-frame .runcomfy-combobox');
		await name.fill('prompt');
		await name.press('Tab');
		await dialog.setValue(dialog.rowAt(0), 'a red fox');
		await picture('node-red-lora', tray());
		assert.deepEqual(await dialog.untranslated(), []);
		await dialog.done();
		await editor.deploy();
		await rig.nodeRed.inject('press_lora');
		const { lora } = rig.simulator.deploymentIds;
		const job = await ended(({ deploymentId }) => deploymentId === lora);
		assert.deepEqual(job.overrides, { prompt: 'a red fox' });
		assert.deepEqual(editor.pageErrors, []);
	});
});
