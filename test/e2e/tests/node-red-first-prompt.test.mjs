// From a new node to its first prompt, by the keyboard: what the dialog adds by itself, what it says, and what a node
// that lacks something shows before a deploy.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const NODES = ['deployment', 'model', 'example', 'missing'];

/** Rows of a workflow that the account does not have, as an imported example brings them. */
const EXAMPLE_ROWS = [
	{ nodeId: '98', input: 'text', label: 'Text', type: 'msg', value: 'payload' },
	{ nodeId: '99', input: 'seed', label: 'Noise', type: 'random', value: '' },
];

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
		id: 'hook',
		type: 'runcomfy-webhook',
		z: 'tab',
		x: 340,
		y: 400,
		config: 'account',
		path: '/runcomfy',
		secretFor: 'hook',
		output: 'files',
		credentials: { secret: 'open sesame' },
		wires: [[]],
	},
	...NODES.flatMap((id, at) => [
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
			deploymentId: '',
			deploymentIdType: 'str',
			modelId: '',
			modelIdType: 'str',
			rows: id === 'example' ? EXAMPLE_ROWS : [],
			wires: [[]],
		},
	]),
];

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}: the first prompt`, () => {
		const rig = useNodeRed(release, {
			flow: ({ simulator }) => flowFor(simulator),
			simulator: { latencyMs: 300, queueMs: 0 },
		});
		let editor;
		let dialog;
		before(async () => {
			editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1280, height: 900 } });
			editor.page.setDefaultTimeout(10_000);
			dialog = dialogOf(editor);
		});
		after(() => editor?.close());

		const picture = (name) => editor.picture(`node-red-${release}-first-${name}`);
		const model = () =>
			editor.page.locator('.form-row:has(#node-input-modelId) .runcomfy-combobox');
		const rowsNote = async () =>
			(
				(await editor.page.textContent('.form-row:has(#runcomfy-rows) > .runcomfy-note')) ?? ''
			).trim();
		const labelOf = (id) =>
			editor.page.evaluate((node) => {
				const { RED } = /** @type {any} */ (globalThis);
				return RED.utils.getNodeLabel(RED.nodes.node(node));
			}, id);
		const listHeight = async () => {
			const list = editor.page.locator('.red-ui-editableList-container:has(#runcomfy-rows)');
			return (await list.boundingBox()).height;
		};
		const rowsOf = async (id) =>
			(await editor.nodeOf(id)).rows.map(({ label, type, value }) => [label, type, value]);
		const ended = (of) =>
			until('it has run', () =>
				[...rig.simulator.jobs.values()].find((job) => job.state === 'succeeded' && of(job)),
			);

		it('marks a node that has no deployment', async () => {
			assert.deepEqual((await editor.nodeOf('missing')).wrong, ['Deployment is empty']);
		});

		it('takes the first entry of a narrowed list with Down and Enter', async () => {
			const { keyboard } = editor.page;
			await dialog.edit('deployment');
			await picture('new');
			await dialog.deployment().click();
			await keyboard.type('text-to-im');
			await keyboard.press('ArrowDown');
			await keyboard.press('Enter');
			assert.equal(await dialog.deployment().inputValue(), 'text-to-image');
		});

		it('adds the prompt of a deployment, with msg.payload, and what else can be set', async () => {
			const prompt = dialog.rowAt(0);
			await until('its value has the focus', () => dialog.valueHasFocus(prompt));
			await picture('deployment');
			assert.match(await rowsNote(), /^\d+ more inputs can be set\.$/);
			assert.ok((await listHeight()) < 200);
			await editor.page.keyboard.press('End');
			await editor.page.keyboard.type('.text');
			await dialog.done();
			assert.deepEqual(await rowsOf('deployment'), [['Positive Prompt', 'msg', 'payload.text']]);
			assert.equal(await labelOf('deployment'), 'text-to-image');
			assert.deepEqual((await editor.nodeOf('deployment')).wrong, []);
		});

		it('sets the same of the chosen deployment as an imported example', async () => {
			await dialog.edit('example');
			await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
			await until('its rows are there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			assert.equal(await editor.page.isVisible('#node-input-randomSeeds'), false);
			await dialog.done();
			assert.deepEqual(await rowsOf('example'), [
				['Positive Prompt', 'msg', 'payload'],
				['Seed', 'random', ''],
			]);
		});

		it('takes what you type after you chose an input as its value', async () => {
			const { keyboard } = editor.page;
			await dialog.edit('deployment');
			await editor.page.click(
				'.form-row:has(#runcomfy-rows) .red-ui-editableList-addButton >> nth=0',
			);
			await until('the list is open', async () => (await dialog.options()).length > 0);
			await keyboard.type('negative');
			await keyboard.press('Enter');
			await keyboard.type('no people');
			await picture('typed');
			assert.equal(
				await editor.page.isVisible('#red-ui-editor-stack .red-ui-tray >> nth=1'),
				false,
			);
			await dialog.done();
			const rows = await rowsOf('deployment');
			assert.deepEqual(rows[1], ['Negative Prompt', 'str', 'no people']);
		});

		it('fills in the payload when a text is to come from the message', async () => {
			await dialog.edit('deployment');
			const row = await dialog.addRow('filename', 'Filename prefix');
			await dialog.setType(row, 'msg.');
			await dialog.done();
			assert.deepEqual((await rowsOf('deployment')).at(-1), ['Filename prefix', 'msg', 'payload']);
		});

		it('adds what a model needs, and replaces a prompt that nobody has changed', async () => {
			const { page } = editor;
			await dialog.edit('model');
			await dialog.choose(dialog.deployment(), 'text-to-im', 'text-to-image');
			await until('the prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await page.selectOption('#node-input-target', 'model');
			assert.ok((await listHeight()) < 100, 'no empty box');
			await picture('switched');
			await model().click();
			await model().pressSequentially('flux-2');
			await until('it is found', async () => (await dialog.options()).length === 1);
			await page.keyboard.press('ArrowDown');
			await page.keyboard.press('Enter');
			await until('the prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			assert.match(await rowsNote(), /^\d+ more inputs can be set\.$/);
			await picture('model');
			await dialog.done();
			assert.deepEqual((await rowsOf('model'))[0], ['Prompt', 'msg', 'payload']);
			assert.equal(await labelOf('model'), 'FLUX.2 flash');
		});

		it('marks a model that lacks what it needs', async () => {
			await dialog.edit('model');
			const prompt = dialog.rowAt(0);
			await until('its row is there', () => prompt.isVisible());
			assert.equal(
				await prompt.locator('xpath=..').locator('.red-ui-editableList-item-remove').isVisible(),
				false,
			);
			await dialog.setType(prompt, 'string');
			await dialog.setValue(prompt, '');
			await dialog.done();
			assert.deepEqual((await editor.nodeOf('model')).wrong, ['Prompt: a value is missing']);
			await editor.page.keyboard.press('Control+z');
		});

		it('runs both with the message alone', async () => {
			await editor.page.evaluate(() => {
				const { RED } = /** @type {any} */ (globalThis);
				RED.nodes.remove('missing');
			});
			await dialog.edit('deployment');
			await dialog.setValue(dialog.rowAt(0), 'payload');
			await dialog.done();
			await editor.deploy();
			await rig.nodeRed.inject('press_deployment');
			await ended(({ overrides }) => overrides['6']?.inputs.text === 'a red fox');
			await rig.nodeRed.inject('press_model');
			await ended(({ overrides }) => overrides.prompt === 'a red fox');
		});

		it('marks a copy of a webhook node, which has no secret', async () => {
			const copy = await editor.page.evaluate(() => {
				const { RED } = /** @type {any} */ (globalThis);
				const copied = RED.nodes.createExportableNodeSet([RED.nodes.node('hook')]);
				RED.view.importNodes(copied, { generateIds: true, touchImport: true });
				const hooks = RED.nodes.filterNodes({ type: 'runcomfy-webhook' });
				return hooks.find(({ id }) => id !== 'hook').id;
			});
			assert.deepEqual((await editor.nodeOf('hook')).wrong, []);
			assert.deepEqual((await editor.nodeOf(copy)).wrong, ['Secret is empty']);
			await dialog.edit(copy);
			await dialog.done();
			assert.deepEqual((await editor.nodeOf(copy)).wrong, []);
		});

		it('folds the rest of a new account', async () => {
			await editor.page.evaluate(() => {
				const { RED } = /** @type {any} */ (globalThis);
				RED.editor.editConfig('', 'runcomfy-config', '_ADD_');
			});
			await editor.page.waitForSelector('#node-config-dialog-ok');
			await editor.page.waitForTimeout(700);
			await picture('account');
			assert.deepEqual(await dialog.folds(), [{ title: 'Advanced', open: false }]);
			await dialog.cancel();
		});

		it('breaks no label over two lines', async () => {
			for (const name of ['deployment', 'model', 'account']) {
				await dialog.edit(name);
				assert.deepEqual(await dialog.brokenLabels(), [], name);
				await dialog.cancel();
			}
		});

		for (const look of ['narrow', 'german', 'dark']) {
			it(`can be looked at: ${look}`, async () => {
				const options = { narrow: {}, german: { locale: 'de' }, dark: {} };
				const width = look === 'narrow' ? 900 : 1280;
				const other = await openEditor(rig.nodeRed.url, {
					viewport: { width, height: 900 },
					...options[look],
				});
				try {
					if (look === 'dark' && release === '5') {
						await other.darken();
						await other.page.reload();
						await other.page.waitForFunction(() => globalThis['RED']?.nodes?.node('model'));
					}
					const shown = dialogOf(other);
					for (const name of ['deployment', 'model', 'account']) {
						await shown.edit(name);
						await other.page.waitForTimeout(500);
						await other.picture(`node-red-${release}-first-${look}-${name}`);
						assert.deepEqual(await shown.cutOff(), []);
						assert.deepEqual(await shown.brokenLabels(), [], name);
						await shown.cancel();
					}
					assert.deepEqual(other.pageErrors, []);
				} finally {
					await other.close();
				}
			});
		}

		it('had no error on its page', () => assert.deepEqual(editor.pageErrors, []));
	});
}
