// The dialogs in the editors of real Node-REDs: from a new node to its first prompt, inputs of a workflow or model as
// rows, errors shown before a run is paid for, and copies, cancels and unknown accounts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { onTab, RELEASES, tabAndAccount, useEditor } from '../lib/node-red.mjs';

const rows = {
	inputMode: 'rows',
	target: 'deployment',
	deploymentIdType: 'str',
	modelIdType: 'str',
};
const runs = { type: 'runcomfy-run', ...rows };

/** For a workflow that the account does not have, as in an imported example. */
const EXAMPLE_ROWS = [
	{ nodeId: '98', input: 'text', label: 'Text', type: 'msg', value: 'payload' },
	{ nodeId: '99', input: 'seed', label: 'Noise', type: 'random', value: '' },
];

const STOP = { type: 'runcomfy-cancel', target: 'topic' };
const ONE_RUN = [
	{ id: 'run', name: 'Foxes', ...runs },
	{ id: 'stop', ...STOP },
];
const MORE = [
	{ id: 'model', ...runs },
	{ id: 'example', ...runs, rows: EXAMPLE_ROWS },
	{ id: 'flux', ...runs },
	{ id: 'machine', type: 'runcomfy-deployment', operation: 'list' },
	{ id: 'forgetful', ...runs, config: 'unset' },
];

/** An account whose token is in a variable that is not set. */
const unset = ({ url }) => ({
	id: 'unset',
	type: 'runcomfy-config',
	name: 'Unset',
	baseUrl: url,
	credentials: { apiToken: '${RUNCOMFY_API_TOKEN}' },
});

const flowOf = (nodes) => (rig) => [
	...tabAndAccount(rig.simulator),
	unset(rig.simulator),
	...onTab(nodes),
];

for (const release of RELEASES) {
	void describe(`the dialog of a run in Node-RED ${release}`, () => {
		const rig = useEditor(release, { flow: flowOf(ONE_RUN) });
		const rowsOf = async (id) =>
			(await rig.editor.nodeOf(id)).rows.map(({ nodeId, input, type, value }) => [
				...[nodeId, input, type, value],
			]);

		it('lists the deployments of the account', async () => {
			const { dialog } = rig;
			await dialog.edit('run');
			await dialog.deployment().click();
			const names = await dialog.options();
			assert.ok(names.includes('text-to-image'), names.join());
			assert.ok(names.includes('switched-off (disabled)'), names.join());
		});

		it('takes the first entry of a narrowed list with Down and Enter, and adds its prompt', async () => {
			const { dialog, editor } = rig;
			const { keyboard } = editor.page;
			await keyboard.type('text-to-im');
			await keyboard.press('ArrowDown');
			await keyboard.press('Enter');
			assert.equal(await dialog.deployment().inputValue(), 'text-to-image');
			await until('its value has the focus', () => dialog.valueHasFocus(dialog.rowAt(0)));
			assert.match(await dialog.rowsNote(), /^\d+ more inputs can be set\.$/);
		});

		it('shows the inputs of its workflow, with type, default and range', async () => {
			const { dialog, editor } = rig;
			const row = await dialog.addEmptyRow();
			await until('the list is open', async () => (await dialog.options()).length > 0);
			const offered = await dialog.options();
			assert.ok(offered.includes('Seed'), offered.join());
			assert.ok(!offered.includes('Model'), 'a link is no input');
			await dialog.choose(dialog.inputOf(row), 'seed');
			assert.equal(await dialog.typeOf(row), 'random');
			const steps = await dialog.addRow('steps');
			await until('its value has the focus', () => dialog.valueHasFocus(steps));
			assert.match(await dialog.noteOf(steps), /31 · KSampler → steps · Workflow: 20 · 1 – 10000/);
			await dialog.setValue(steps, '0');
			assert.equal(await dialog.noteOf(steps), 'must be at least 1');
			await dialog.setValue(steps, '12');
			const sampler = await dialog.addRow('sampler_name', 'Sampler name');
			assert.equal(await dialog.typeOf(sampler), 'choice');
			assert.deepEqual(await dialog.untranslated(), []);
			assert.deepEqual(await dialog.tooWide(), []);
			await dialog.done();
			const { wrong, deploymentId } = await editor.nodeOf('run');
			assert.deepEqual(wrong, []);
			assert.equal(deploymentId, rig.simulator.deploymentIds.textToImage);
			assert.deepEqual(await rowsOf('run'), [
				['6', 'text', 'msg', 'payload'],
				['31', 'seed', 'random', ''],
				['31', 'steps', 'num', '12'],
				['31', 'sampler_name', 'choice', 'euler'],
			]);
		});

		it('asks for the deployments and for the inputs once', async () => {
			const { dialog, editor } = rig;
			const asked = await editor.askedDuring(async () => {
				await dialog.edit('run');
				await until('the inputs are loaded', async () => /more/.test(await dialog.rowsNote()));
			});
			assert.deepEqual(asked, ['deployments', 'inputs']);
			await dialog.cancel();
		});

		it('ends up with its lists if their answers come while the account is open above it', async () => {
			const { dialog, editor } = rig;
			const answer = await editor.holdAnswers();
			await dialog.edit('run');
			await dialog.editAccount();
			await answer();
			await dialog.cancel();
			await until('the inputs are loaded', async () => /more/.test(await dialog.rowsNote()));
			assert.equal(await dialog.deployment().inputValue(), 'text-to-image');
			assert.equal(await dialog.noteBelow('deploymentId'), '');
			await dialog.cancel();
		});

		it('shows the rows again as they were left, and marks a wrong one before a deploy', async () => {
			const { dialog, editor } = rig;
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

		it('tests an account with the token as typed, and with the stored one', async () => {
			const { dialog, editor } = rig;
			const test = async () => {
				await editor.page.click('#runcomfy-test');
				const note = editor.page.locator('.form-row:has(#runcomfy-test) .runcomfy-note');
				await until('it has an answer', async () => !/Asking/.test(await note.textContent()));
				return note.textContent();
			};
			await dialog.edit('account');
			// Open because the simulator's address is not the default.
			assert.deepEqual(await dialog.folds(), [{ title: 'Advanced', open: true }]);
			assert.match(await test(), /Connected\. The balance is \d+\.\d\d US dollars/);
			await editor.page.fill('#node-config-input-apiToken', 'wrong');
			assert.match(await test(), /token/i);
			await dialog.cancel();
		});
	});
}

void describe('dialogs in Node-RED 5', () => {
	const rig = useEditor('5', { flow: flowOf([...ONE_RUN, ...MORE]) });
	const rowsOf = async (id) =>
		(await rig.editor.nodeOf(id)).rows.map(({ label, type, value }) => [label, type, value]);
	const chooseImages = async () => {
		const { dialog } = rig;
		await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
		await until('its rows are there', () => dialog.valueHasFocus(dialog.rowAt(0)));
	};
	const listHeight = async () => {
		const list = rig.editor.page.locator('.red-ui-editableList-container:has(#runcomfy-rows)');
		return (await list.boundingBox()).height;
	};

	it('lists nothing of the address that its account had before', async () => {
		const { dialog, editor } = rig;
		await dialog.edit('run');
		await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
		const moveTo = (address) =>
			editor.page.evaluate((baseUrl) => {
				const { RED, $ } = /** @type {any} */ (globalThis);
				Object.assign(RED.nodes.node('account'), { baseUrl });
				$('#node-input-config').trigger('change');
			}, address);
		await moveTo('http://127.0.0.1:1');
		await until('it is refused', async () =>
			/not deployed/.test(await dialog.noteBelow('deploymentId')),
		);
		await dialog.deployment().click();
		const offered = await dialog.options();
		await moveTo(rig.simulator.url);
		assert.deepEqual(offered, []);
		await until(
			'its name is known',
			async () => (await dialog.deployment().inputValue()) === 'text-to-image',
		);
		await dialog.cancel();
	});

	it('sets the same of the chosen deployment as an imported example', async () => {
		const { dialog, editor } = rig;
		await dialog.edit('example');
		await chooseImages();
		assert.equal(await editor.page.isVisible('#node-input-randomSeeds'), false);
		await dialog.done();
		assert.deepEqual(await rowsOf('example'), [
			['Positive Prompt', 'msg', 'payload'],
			['Seed', 'random', ''],
		]);
	});

	it('takes what you type after you chose an input as its value', async () => {
		const { dialog, editor } = rig;
		const { keyboard } = editor.page;
		await dialog.edit('run');
		await chooseImages();
		assert.ok((await listHeight()) < 200);
		await keyboard.press('End');
		await keyboard.type('.text');
		await dialog.addEmptyRow();
		await until('the list is open', async () => (await dialog.options()).length > 0);
		await keyboard.type('negative');
		await keyboard.press('Enter');
		await keyboard.type('no people');
		assert.equal(await editor.page.isVisible('#red-ui-editor-stack .red-ui-tray >> nth=1'), false);
		const row = await dialog.addRow('filename', 'Filename prefix');
		await dialog.setType(row, 'msg.');
		await dialog.done();
		assert.deepEqual(await rowsOf('run'), [
			['Positive Prompt', 'msg', 'payload.text'],
			['Negative Prompt', 'str', 'no people'],
			['Filename prefix', 'msg', 'payload'],
		]);
		assert.deepEqual((await editor.nodeOf('run')).wrong, []);
	});

	it('adds what a model needs, in the place of a prompt that nobody has changed', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		await dialog.edit('model');
		await page.selectOption('#node-input-target', 'model');
		assert.equal(await dialog.rowsNote(), 'Choose a model to see its inputs.');
		await page.selectOption('#node-input-target', 'deployment');
		await chooseImages();
		assert.equal(await dialog.model().isVisible(), false);
		await page.selectOption('#node-input-target', 'model');
		assert.equal(await dialog.deployment().isVisible(), false);
		assert.equal(await page.isVisible('#node-input-webhook'), false);
		await dialog.inputOf(await dialog.addEmptyRow()).click();
		assert.equal(await dialog.listRemark(), 'Choose a model to see its inputs.');
		await dialog.model().click();
		await dialog.model().pressSequentially('flux-2');
		const label = 'FLUX.2 flash · $0.012 / image · text to image';
		await until('it is found', async () => String(await dialog.options()) === label);
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await until('the prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
		await until('its price is told', async () =>
			/\$0\.012/.test(await dialog.noteBelow('modelId')),
		);
		const scale = await dialog.addRow('guidance', 'Guidance Scale');
		await dialog.setValue(scale, '99');
		assert.equal(await dialog.noteOf(scale), 'must be at most 20');
		await dialog.setValue(scale, '3.5');
		const format = await dialog.addRow('output', 'Output Format');
		assert.equal(await dialog.typeOf(format), 'choice');
		assert.deepEqual(await dialog.untranslated(), []);
		assert.deepEqual(await dialog.tooWide(), []);
		await dialog.done();
		assert.deepEqual((await rowsOf('model'))[0], ['Prompt', 'msg', 'payload']);
	});

	it('shows the whole list on a click, whatever was searched for before', async () => {
		const { dialog, editor } = rig;
		await dialog.edit('model');
		await until('it is named', async () => (await dialog.model().inputValue()) === 'FLUX.2 flash');
		await dialog.model().click();
		const all = async () => (await dialog.options()).length > 1;
		await until('all are listed', all);
		await dialog.model().pressSequentially('no such model');
		await until('nothing is found', async () => (await dialog.options()).length === 0);
		await editor.page.keyboard.press('Escape');
		await dialog.model().click();
		await until('all are listed again', all);
		await editor.page.keyboard.press('Escape');
		await dialog.cancel();
	});

	it('shows the model by its name again, and marks what a deployment lacks, or what is missing', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		await dialog.edit('model');
		await until('it is named', async () => (await dialog.model().inputValue()) === 'FLUX.2 flash');
		await page.selectOption('#node-input-target', 'deployment');
		await until('all are marked', async () => /have: 3\./.test(await dialog.rowsNote()));
		await page.selectOption('#node-input-target', 'model');
		await until('its inputs are known', async () => /more inputs/.test(await dialog.rowsNote()));
		const prompt = dialog.rowAt(0);
		const remove = prompt.locator('xpath=..').locator('.red-ui-editableList-item-remove');
		assert.equal(await remove.isVisible(), false);
		await dialog.setType(prompt, 'string');
		await dialog.setValue(prompt, '');
		await dialog.done();
		assert.deepEqual((await editor.nodeOf('model')).wrong, ['Prompt: a value is missing']);
		await page.keyboard.press('Control+z');
	});

	it('folds what a first run does not need, unless something is set there', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		const titles = ['Input options', 'Waiting'];
		await dialog.edit('run');
		assert.deepEqual(
			await dialog.folds(),
			titles.map((title) => ({ title, open: false })),
		);
		assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), false);
		// With the keyboard.
		await dialog.fold('Waiting').press('Enter');
		assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), true);
		await page.check('#node-input-cancelOnTimeout');
		await dialog.fold('Waiting').click();
		assert.equal(await page.isVisible('#node-input-cancelOnTimeout'), false);
		await dialog.setTyped('webhook', 'str', 'no address');
		await dialog.done();
		await dialog.edit('run');
		const open = (await dialog.folds()).filter((fold) => fold.open).map(({ title }) => title);
		assert.deepEqual(open, ['Input options', 'Waiting']);
		await dialog.cancel();
		await page.keyboard.press('Control+z');
	});

	it('sets the whole prompt by one row, where ComfyUI has a text for each of two encoders', async () => {
		const { dialog, editor } = rig;
		await dialog.edit('flux');
		await dialog.choose(dialog.deployment(), 'flux', 'flux-text-to-image');
		const row = dialog.rowAt(0);
		await until('its prompt is there', () => dialog.valueHasFocus(row));
		assert.match(await dialog.noteOf(row), /CLIPTextEncodeFlux → clip_l, t5xxl/);
		await dialog.done();
		assert.deepEqual(await rowsOf('flux'), [['Positive prompt', 'msg', 'payload']]);
		const [{ nodeId, input, also }] = (await editor.nodeOf('flux')).rows;
		assert.deepEqual([nodeId, input, also], ['6', 'clip_l', [{ nodeId: '6', input: 't5xxl' }]]);
	});

	it('writes the largest seed as ComfyUI does', async () => {
		const { dialog } = rig;
		await dialog.edit('example');
		const seed = dialog.rowAt(1);
		await until('the inputs are loaded', async () => /seed/.test(await dialog.noteOf(seed)));
		await dialog.setType(seed, 'number');
		await dialog.setValue(seed, '18446744073709600000');
		assert.equal(await dialog.noteOf(seed), 'must be at most 18446744073709551615');
		await dialog.cancel();
	});

	it('shows that a change leaves alone what is empty', async () => {
		const { dialog, editor } = rig;
		const shown = () =>
			editor.page.evaluate(() =>
				[
					'deploymentName',
					'minInstances',
					'maxInstances',
					'queueSize',
					'keepWarm',
					'workflowVersion',
				].map((name) => {
					const row = document.querySelector(`.form-row:has(#node-input-${name})`);
					return row?.querySelector('.red-ui-typedInput-input')?.getAttribute('placeholder');
				}),
			);
		const hardware = () =>
			editor.page.textContent(
				'.form-row:has(#node-input-hardware) .red-ui-typedInput-option-label',
			);
		await dialog.edit('machine');
		assert.deepEqual(await shown(), Array(6).fill('unchanged'));
		assert.equal(await hardware(), 'unchanged');
		await dialog.cancel();
	});

	it('says that a deployment is disabled', async () => {
		const { dialog } = rig;
		await dialog.edit('example');
		await dialog.choose(dialog.deployment(), 'switched', 'switched-off');
		assert.match(await dialog.noteBelow('deploymentId'), /disabled: enable it/);
		await dialog.cancel();
	});

	it('has as many outputs as the dialog says', async () => {
		const { dialog, editor } = rig;
		for (const outputs of [2, 1]) {
			await dialog.edit('run');
			await editor.page.setChecked('#node-input-progress', outputs === 2);
			await dialog.done();
			assert.equal((await editor.nodeOf('run')).outputs, outputs);
		}
	});

	it('asks a cancel node for the request only if it cancels one', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		await dialog.edit('stop');
		const asks = () =>
			page.evaluate(() =>
				document.querySelector('.form-row:has(#node-input-requestId)')?.checkVisibility(),
			);
		assert.equal(await asks(), false);
		await page.selectOption('#node-input-target', 'request');
		assert.equal(await asks(), true);
		await dialog.cancel();
	});

	it('tells once that an account is not deployed', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		await page.evaluate(() => {
			const { RED } = /** @type {any} */ (globalThis);
			RED.nodes.add({
				id: 'new',
				type: 'runcomfy-config',
				name: 'New',
				users: [],
				credentials: {},
				_def: RED.nodes.getType('runcomfy-config'),
				baseUrl: '',
			});
		});
		await dialog.edit('example');
		const said = page.locator('.runcomfy-note-error:visible');
		for (const target of ['deployment', 'model']) {
			await page.selectOption('#node-input-target', target);
			await page.selectOption('#node-input-config', 'new');
			await until('it is told', async () => (await said.count()) > 0);
			await page.waitForLoadState('networkidle');
			assert.equal(await said.count(), 1);
			assert.match(await said.textContent(), /account is not deployed yet/);
		}
		await dialog.cancel();
	});

	it('calls a variable that is not set by its name, in every dialog and in the test of the connection', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		const said = 'RUNCOMFY_API_TOKEN is not set. Set it and restart Node-RED, or paste the token.';
		await dialog.edit('forgetful');
		await until('the list is refused', async () =>
			/not set/.test(await dialog.noteBelow('deploymentId')),
		);
		assert.equal(await dialog.noteBelow('deploymentId'), said);
		await dialog.editAccount();
		const note = page.locator('.form-row:has(#runcomfy-test) .runcomfy-note');
		// As stored, and as typed before a deploy.
		for (const typed of [undefined, '${RUNCOMFY_API_TOKEN}']) {
			if (typed) await page.fill('#node-config-input-apiToken', typed);
			await page.click('#runcomfy-test');
			await until('it has an answer', async () => !/Asking/.test(await note.textContent()));
			assert.equal((await note.textContent()).trim(), said);
		}
		await dialog.cancel();
		await dialog.cancel();
	});
});
