// The pictures of the documentation that Node-RED's editor shows: the forms of the workflows that people have, the dialog of
// RunComfy run, and the half of the README's tour from the dialog to the image.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { still } from '../lib/browser.mjs';
import { openEditor, useNodeRed } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';

/** What the forms of the simulator's deployments begin with. */
const FORMS = {
	flux: {
		deployment: 'flux-text-to-image',
		first: ['Positive prompt (clip_l)', 'Positive prompt (t5xxl)', 'Noise seed'],
	},
	wan: {
		deployment: 'wan-image-to-video',
		first: ['Positive Prompt', 'Negative Prompt', 'Image'],
	},
};

const example = JSON.parse(readFileSync(join(root, 'examples/01-first-image.json'), 'utf8'));
const idOf = (type) => example.find((node) => node.type === type).id;
const RUN = idOf('runcomfy-run');

/** What a user fills in after the import of the example. */
const filled =
	(change) =>
	({ simulator, dir }) =>
		example.map((node) => {
			if (node.type === 'runcomfy-config')
				return { ...node, baseUrl: simulator.url, credentials: { apiToken: simulator.token } };
			return node.type === 'runcomfy-run' ? { ...node, ...change(dir) } : node;
		});

void describe('pictures: Node-RED 5', () => {
	const fresh = Object.keys(FORMS).map((id, at) => ({
		id,
		type: 'runcomfy-run',
		z: example.find(({ type }) => type === 'tab').id,
		x: 340,
		y: 300 + 60 * at,
		config: idOf('runcomfy-config'),
		inputMode: 'rows',
		wires: [[]],
	}));
	const rig = useNodeRed('5', { flow: (own) => [...filled(() => ({}))(own), ...fresh] });
	let editor;
	let dialog;
	before(async () => {
		editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1200, height: 1000 } });
		dialog = dialogOf(editor);
	});
	after(() => editor?.close());

	for (const [name, { deployment, first }] of Object.entries(FORMS)) {
		it(`${deployment}: offers the prompt first`, async () => {
			const { page, picture } = editor;
			await dialog.edit(name);
			await dialog.choose(dialog.deployment(), deployment);
			await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await dialog.addEmptyRow();
			await page.waitForTimeout(500);
			const offered = await dialog.options();
			await picture(`node-red-form-${name}`, page.locator('.red-ui-tray').last());
			assert.deepEqual(offered.slice(0, first.length), first);
			await page.keyboard.press('Escape');
			await dialog.cancel();
		});
	}

	for (const name of ['node-red-dialog', 'node-red-dialog-dark']) {
		it(`${name}: what the dialog is called, and what it shows`, async () => {
			const { page, picture } = editor;
			await page.setViewportSize({ width: 1200, height: 940 });
			if (name.endsWith('dark')) await editor.darken();
			await page.locator('#red-ui-palette-search input').fill('');
			await page.locator('#red-ui-palette-search input').pressSequentially('runcomfy');
			await page.waitForTimeout(700);
			await dialog.edit(RUN);
			await dialog.choose(dialog.deployment(), 'text-to-image', /^text-to-image/);
			const row = await dialog.addRow('steps', 'steps');
			await dialog.setValue(row, '28');
			await page.locator('.runcomfy-row').first().scrollIntoViewIfNeeded();
			await page.waitForTimeout(500);
			await picture(name);
			assert.match(await page.textContent('.red-ui-tray-header:visible'), /Edit RunComfy run node/);
			assert.deepEqual(await dialog.tooPale(), []);
			await dialog.cancel();
			assert.deepEqual(editor.pageErrors, []);
		});
	}
});

void describe('pictures: Node-RED 4.1', () => {
	const corner = { x: 0, y: 46 };
	const rig = useNodeRed('4.1', {
		simulator: { latencyMs: 5_000 },
		flow: filled((dir) => ({ directory: join(dir, 'saved'), directoryType: 'str' })),
	});
	let editor;
	before(async () => {
		editor = await openEditor(rig.nodeRed.url, { viewport: { width: 920, height: 660 } });
		// Without the palette and a little smaller, the whole flow and the whole dialog are in the picture.
		await editor.page.evaluate(() => {
			const { actions } = /** @type {any} */ (globalThis).RED;
			for (const action of ['core:toggle-palette', 'core:zoom-out']) actions.invoke(action);
		});
	});
	after(() => editor?.close());

	it('the tour goes from the dialog to the image', async () => {
		const { page } = editor;
		const dialog = dialogOf(editor);
		await dialog.edit(RUN);
		await dialog.deployment().click();
		await page.waitForTimeout(500);
		await still(page, 'node-red-1', 'Node-RED: choose one of your deployments', corner);
		await dialog.choose(dialog.deployment(), 'text-to-image');
		await page.waitForTimeout(800);
		await still(
			page,
			'node-red-2',
			'Node-RED: fill inputs of its workflow from the message',
			corner,
		);
		await dialog.done();
		await editor.deploy();
		await page.evaluate(() => globalThis['RED'].actions.invoke('runcomfy:show-jobs-tab'));
		await rig.nodeRed.inject(idOf('inject'));
		await until('it runs for two seconds', async () =>
			/^running · [2-9] s$/.test((await editor.statusOf(RUN))?.text ?? ''),
		);
		await still(page, 'node-red-3', 'Node-RED: press the button, and it runs', corner);
		await page.locator('.runcomfy-job canvas').first().waitFor();
		await page.waitForTimeout(800);
		await still(
			page,
			'node-red-4',
			'Node-RED: the image is saved, its path in msg.payload',
			corner,
		);
		assert.deepEqual(editor.pageErrors, []);
	});
});
