// The dialogs in the editor of real Node-REDs: the account's deployments, the inputs of a workflow as rows, and
// mistakes that show before you pay for anything; in the dark, and in other languages.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { renameDeployment, useNodeRed } from '../lib/node-red-rig.mjs';

const flowFor = ({ url, token }) => [
	{ id: 'tab', type: 'tab', label: 'Pictures' },
	{
		id: 'account',
		type: 'runcomfy-config',
		name: 'Studio',
		baseUrl: url,
		apiVersion: 'v1',
		credentials: { apiToken: token },
	},
	{
		id: 'press',
		type: 'inject',
		z: 'tab',
		x: 140,
		y: 100,
		repeat: '',
		crontab: '',
		props: [{ p: 'payload', v: 'a red fox', vt: 'str' }],
		wires: [['run']],
	},
	{
		id: 'run',
		type: 'runcomfy-run',
		z: 'tab',
		x: 340,
		y: 100,
		config: 'account',
		inputMode: 'rows',
		wires: [[]],
	},
];

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}`, () => {
		const rig = useNodeRed(release, { flow: ({ simulator }) => flowFor(simulator) });
		let editor;
		let dialog;
		before(async () => {
			editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1440, height: 1100 } });
			editor.page.setDefaultTimeout(30_000);
			dialog = dialogOf(editor);
		});
		after(() => editor?.close());

		const rename = (id, name) => renameDeployment(rig.simulator, id, name);

		it('lists the deployments of the account', async () => {
			await dialog.edit('run');
			await dialog.deployment().click();
			const names = await dialog.options();
			assert.ok(names.includes('text-to-image'), names.join());
			assert.ok(names.includes('switched-off (disabled)'), names.join());
			await editor.picture(`node-red-${release}-deployments`);
			await dialog.choose(dialog.deployment(), 'switched', 'switched-off');
			assert.match(await dialog.deploymentNote(), /disabled: enable it/);
			await dialog.choose(dialog.deployment(), 'text-to-im');
			assert.equal(await dialog.deployment().inputValue(), 'text-to-image');
		});

		it('lists nothing of the address that its account had before', async () => {
			const moveTo = (address) =>
				editor.page.evaluate((baseUrl) => {
					const { RED, $ } = /** @type {any} */ (globalThis);
					Object.assign(RED.nodes.node('account'), { baseUrl });
					$('#node-input-config').trigger('change');
				}, address);
			await moveTo('http://127.0.0.1:1');
			await until('it is refused', async () => /not deployed/.test(await dialog.deploymentNote()));
			await dialog.deployment().click();
			const offered = await dialog.options();
			await moveTo(rig.simulator.url);
			assert.deepEqual(offered, []);
			await until(
				'its name is known',
				async () => (await dialog.deployment().inputValue()) === 'text-to-image',
			);
		});

		it('shows the inputs of its workflow, with type, default and range', async () => {
			const { page, picture } = editor;
			await page.click('.form-row:has(#runcomfy-rows) .red-ui-editableList-addButton >> nth=0');
			const field = dialog.rowAt(0).locator('.runcomfy-combobox-frame .runcomfy-combobox');
			await field.click();
			const offered = await dialog.options();
			assert.equal(offered[0], 'Positive Prompt');
			assert.ok(offered.includes('Seed'), offered.join());
			assert.ok(!offered.includes('Model'), 'a link is no input');
			await picture(`node-red-${release}-inputs`);
			await dialog.choose(field, 'positive');
			await dialog.setType(dialog.rowAt(0), 'msg.');
			await dialog.setValue(dialog.rowAt(0), 'payload');

			const seed = await dialog.addRow('seed');
			assert.equal(await dialog.typeOf(seed), 'random');
			const steps = await dialog.addRow('steps');
			await until('its value has the focus', () => dialog.valueHasFocus(steps));
			assert.match(await dialog.noteOf(steps), /31 · KSampler → steps · Workflow: 20 · 1 – 10000/);
			await dialog.setValue(steps, '0');
			assert.equal((await dialog.noteOf(steps)).trim(), 'must be at least 1');
			await picture(`node-red-${release}-rows-wrong`);
			await dialog.setValue(steps, '12');
			const sampler = await dialog.addRow('sampler_name', 'Sampler name');
			assert.equal(await dialog.typeOf(sampler), 'choice');
			await picture(`node-red-${release}-rows`);
			assert.deepEqual(await dialog.untranslated(), []);
			assert.deepEqual(await dialog.tooWide(), []);
			await dialog.done();
			const { wrong, deploymentId, rows } = await editor.nodeOf('run');
			assert.deepEqual(wrong, []);
			assert.equal(deploymentId, rig.simulator.deploymentIds.textToImage);
			assert.deepEqual(
				rows.map(({ nodeId, input, type, value }) => [nodeId, input, type, value]),
				[
					['6', 'text', 'msg', 'payload'],
					['31', 'seed', 'random', ''],
					['31', 'steps', 'num', '12'],
					['31', 'sampler_name', 'choice', 'euler'],
				],
			);
		});

		it('folds what a first run does not need, unless something is set there', async () => {
			const { page, picture } = editor;
			const titles = ['Input options', 'Result options', 'Waiting', 'Requests in progress'];
			await dialog.edit('run');
			const closed = await dialog.folds();
			assert.deepEqual(
				closed.map(({ title, open }) => [title, open]),
				titles.map((title) => [title, false]),
			);
			assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), false);
			await picture(`node-red-${release}-folded`);

			// By the keyboard.
			await dialog.fold('Waiting').press('Enter');
			assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), true);
			assert.deepEqual(await dialog.tooWide(), []);
			await page.check('#node-input-cancelOnTimeout');
			await dialog.fold('Waiting').click();
			assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), false);
			await dialog.setTyped('webhook', 'str', 'no address');
			await dialog.done();
			await dialog.edit('run');
			const open = (await dialog.folds()).filter((fold) => fold.open).map(({ title }) => title);
			assert.deepEqual(open, ['Input options', 'Waiting']);
			await picture(`node-red-${release}-unfolded`);
			await page.uncheck('#node-input-cancelOnTimeout');
			await dialog.setTyped('webhook', 'str', '');
			await page.selectOption('#node-input-target', 'model');
			await page.selectOption('#node-input-output', 'texts');
			assert.ok(!(await dialog.folds()).some(({ title }) => title === 'Result options'));
			await page.selectOption('#node-input-target', 'deployment');
			await page.selectOption('#node-input-output', 'files');
			await dialog.done();
		});

		it('takes the one that was chosen of two deployments with one name', async () => {
			const { video, mixed } = rig.simulator.deploymentIds;
			for (const id of [video, mixed]) await rename(id, 'twins');
			await dialog.edit('run');
			await until('both are listed', async () => {
				await dialog.deployment().fill('');
				await dialog.deployment().fill('twins');
				return (await dialog.options()).length === 2;
			});
			const last = await dialog.lastOption();
			await dialog.choose(dialog.deployment(), 'twins', last);
			await dialog.done();
			assert.equal((await editor.nodeOf('run')).deploymentId, last);
			await rename(video, 'text-to-video');
			await rename(mixed, 'mixed-outputs');
			await dialog.edit('run');
			await dialog.choose(dialog.deployment(), 'text-to-image');
			await dialog.done();
		});

		it('asks for nothing that only an environment variable tells', async () => {
			const { page } = editor;
			await dialog.edit('run');
			await dialog.setTyped('workflow', 'json', '${WORKFLOW}');
			await page.waitForTimeout(300);
			assert.equal(await page.locator('.runcomfy-note-error:visible').count(), 0);
			await page.selectOption('#node-input-inputMode', 'json');
			await dialog.setTyped('overrides', 'json', '{}');
			assert.equal(await page.isVisible('#runcomfy-check'), false);
			await dialog.setTyped('workflow', 'json', '');
			assert.equal(await page.isVisible('#runcomfy-check'), true);
			await dialog.setTyped('overrides', 'json', '${OVERRIDES}');
			assert.equal(await page.isVisible('#runcomfy-check'), false);
			await dialog.cancel();
		});

		it('has an open dialog checked as it stands, and no other node by it', async () => {
			const { page } = editor;
			await dialog.edit('run');
			await page.selectOption('#node-input-output', 'saved');
			const verdicts = await page.evaluate(() => {
				const { RED } = /** @type {any} */ (globalThis);
				const node = RED.nodes.node('run');
				const { directory } = node._def.defaults;
				return [node, { ...node }].map((one) => directory.validate.call(one, '', {}));
			});
			assert.deepEqual(verdicts, ['Directory is empty', true]);
			await dialog.cancel();
		});

		it('runs with the rows', async () => {
			await editor.deploy();
			await rig.nodeRed.inject('press');
			const job = await until('it has run', () =>
				[...rig.simulator.jobs.values()].find(({ state }) => state === 'succeeded'),
			);
			const { text } = job.overrides['6'].inputs;
			const { seed, steps, sampler_name: sampler } = job.overrides['31'].inputs;
			assert.deepEqual([text, steps, sampler], ['a red fox', 12, 'euler']);
			assert.ok(Number.isSafeInteger(seed) && seed >= 0, String(seed));
		});

		it('shows the rows again as they were left, and marks a wrong one before a deploy', async () => {
			await dialog.edit('run');
			assert.equal(await dialog.deployment().inputValue(), 'text-to-image');
			assert.equal(await dialog.firstRowIsInView(), true);
			const steps = dialog.rowAt(2);
			await until('the inputs are loaded', async () =>
				/Workflow: 20/.test(await dialog.noteOf(steps)),
			);
			await dialog.setValue(steps, 'many');
			await dialog.done();
			assert.match(String((await editor.nodeOf('run')).wrong), /Steps: must be a number/);
			await editor.page.keyboard.press('Control+z');
			await until('it is valid again', async () => (await editor.nodeOf('run')).wrong.length === 0);
		});

		it('checks overrides given as JSON, and tells of every mistake with the closest name', async () => {
			const { page, picture } = editor;
			await dialog.edit('run');
			await page.selectOption('#node-input-inputMode', 'json');
			const wrong = '{"6":{"inputs":{"txt":"x"}},"99":{"inputs":{"a":1}}}';
			await dialog.setTyped('overrides', 'json', wrong);
			const note = '.form-row:has(#runcomfy-check) .runcomfy-note-error';
			const before = rig.simulator.count('submit');
			await page.click('#runcomfy-check');
			await page.waitForSelector(note);
			const said = await page.textContent(note);
			assert.match(said, /"txt".*"text"/);
			assert.match(said, /99/);
			assert.equal(rig.simulator.count('submit'), before);
			await picture(`node-red-${release}-check`);
			await dialog.cancel();
		});

		it('tests an account with the token as typed, and with the stored one', async () => {
			const { page, picture } = editor;
			const test = async () => {
				await page.click('#runcomfy-test');
				const note = page.locator('.form-row:has(#runcomfy-test) .runcomfy-note');
				await until('it has an answer', async () => !/Asking/.test(await note.textContent()));
				return note.textContent();
			};
			await dialog.edit('account');
			assert.deepEqual(await dialog.cutExamples(), []);
			const [advanced] = await dialog.folds();
			// The simulator has its own address, so the section is open.
			assert.equal(advanced.open, true);
			assert.match(await test(), /Connected\. The balance is \d+\.\d\d US dollars/);
			await picture(`node-red-${release}-account`);
			await page.fill('#node-config-input-apiToken', 'wrong');
			assert.match(await test(), /token/i);
			await picture(`node-red-${release}-account-wrong`);
			await dialog.cancel();
		});

		it('had no error on its page', () => assert.deepEqual(editor.pageErrors, []));
	});
}
