// The pictures of the documentation, made in the editors of both hosts: the forms of the workflows that people have,
// the dialog of RunComfy run, and the README's tour from the form to the image. `img2webp` (Debian: webp) makes one of it:
// img2webp -lossy -q 80 -d 2600 output/pictures/tour-*.png -o docs/images/tour.webp
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { picturesDir } from '../lib/browser.mjs';
import { chain, openEditor as openN8n, RUNCOMFY, START, useN8n } from '../lib/n8n.mjs';
import { openEditor as openNodeRed, useNodeRed } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';

const SIZE = { width: 920, height: 600 };
const FORM = 'forms00000000001';

/** What the forms of the simulator's deployments begin with, in n8n and in Node-RED. */
const FORMS = {
	flux: {
		deployment: 'flux-text-to-image',
		n8n: ['Positive prompt (clip_l)', 'Positive prompt (t5xxl)', 'Noise seed or random'],
		nodeRed: ['Positive prompt (clip_l)', 'Positive prompt (t5xxl)', 'Noise seed'],
	},
	wan: {
		deployment: 'wan-image-to-video',
		n8n: ['Positive Prompt', 'Negative Prompt', 'Image'],
		nodeRed: ['Positive Prompt', 'Negative Prompt', 'Image'],
	},
};

let stills = 0;

/** Stores what a part of the page shows now, under a line that says what it is. */
async function record(page, caption, { x, y }) {
	const shown = await page.screenshot({ clip: { x, y, ...SIZE } });
	const sheet = await page.context().newPage();
	await sheet.setViewportSize({ ...SIZE, height: SIZE.height + 56 });
	await sheet.setContent(
		`<body style="margin: 0; background: #24292f; color: #fff; font: 600 26px/56px sans-serif">
			<div style="padding-left: 20px">${caption}</div>
			<img src="data:image/png;base64,${shown.toString('base64')}">
		</body>`,
	);
	stills += 1;
	await sheet.screenshot({ path: join(picturesDir, `tour-${stills}.png`) });
	await sheet.close();
}

void describe('pictures: n8n', () => {
	const rig = useN8n({
		simulator: { latencyMs: 4_000 },
		workflows: () => [chain(FORM, [START, { name: 'RunComfy', type: RUNCOMFY }])],
	});
	let editor;
	before(async () => {
		editor = await openN8n(rig.url, { viewport: { width: 1440, height: 1000 } });
	});
	after(() => editor?.close());

	for (const [name, { deployment, n8n: first }] of Object.entries(FORMS)) {
		it(`${deployment}: begins with the prompt`, async () => {
			const { page, picture } = editor;
			await editor.openWorkflow(FORM);
			await editor.openNode('RunComfy');
			await (await editor.listOf('deploymentId', deployment)).click();
			const fields = page.locator('[data-test-id=mapping-fields-container] .parameter-item');
			await fields.first().waitFor();
			// What is under the mouse shows more than its label.
			await page.mouse.move(10, 10);
			await page.waitForTimeout(800);
			await picture(`n8n-form-${name}`, page.locator('[data-test-id=node-parameters]'));
			const shown = (await fields.allInnerTexts()).map((text) => text.split('\n')[0]);
			assert.deepEqual(shown.slice(0, first.length), first);
			assert.equal(new Set(shown).size, shown.length, 'no two labels look alike');
			assert.deepEqual(await fields.evaluateAll(cutLabels), []);
		});
	}

	it('the tour goes from the form to the image', async () => {
		const corner = { x: 508, y: 65 };
		const { page } = editor;
		await page.setViewportSize({ width: 1440, height: 900 });
		await editor.openWorkflow(FORM);
		await editor.openNode('RunComfy');
		const deployment = await editor.listOf('deploymentId', /^text-to-image$/);
		await deployment.hover();
		await record(page, 'n8n: choose one of your deployments', corner);
		await deployment.click();
		await page.locator('.parameter-item', { hasText: 'Positive Prompt' }).last().waitFor();
		await page.waitForTimeout(800);
		await record(page, 'n8n: the inputs of its ComfyUI workflow are a form', corner);
		await editor.fill('Positive Prompt', 'a red fox in the snow');
		await record(page, 'n8n: change the prompt, leave the rest', corner);
		await page.click('[data-test-id=node-execute-button]');
		await page.mouse.move(10, 10);
		await page.waitForTimeout(1_500);
		await record(page, 'n8n: it runs on a GPU at RunComfy', corner);
		await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
		const image = page.locator('img[src*=binary]').first();
		await until('the picture is there', () => image.evaluate((one) => one.naturalWidth > 0));
		// The message that it went well goes away.
		await page.waitForTimeout(6_000);
		await record(page, 'n8n: the image is in the output', corner);
		assert.deepEqual(editor.pageErrors, []);
	});
});

/* Runs in the page. */
function cutLabels(fields) {
	const labels = fields.flatMap((field) => [...field.querySelectorAll('label, label *')]);
	return labels
		.filter(({ clientWidth, scrollWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
		.map(({ textContent }) => textContent.trim());
}

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
		editor = await openNodeRed(rig.nodeRed.url, { viewport: { width: 1200, height: 1000 } });
		dialog = dialogOf(editor);
	});
	after(() => editor?.close());

	for (const [name, { deployment, nodeRed: first }] of Object.entries(FORMS)) {
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
		editor = await openNodeRed(rig.nodeRed.url, { viewport: { width: 920, height: 660 } });
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
		await record(page, 'Node-RED: choose one of your deployments', corner);
		await dialog.choose(dialog.deployment(), 'text-to-image');
		await page.waitForTimeout(800);
		await record(page, 'Node-RED: fill inputs of its workflow from the message', corner);
		await dialog.done();
		await editor.deploy();
		await page.evaluate(() => globalThis['RED'].actions.invoke('runcomfy:show-jobs-tab'));
		await rig.nodeRed.inject(idOf('inject'));
		await until('it runs for two seconds', async () =>
			/^running · [2-9] s$/.test((await editor.statusOf(RUN))?.text ?? ''),
		);
		await record(page, 'Node-RED: press the button, and it runs', corner);
		await page.locator('.runcomfy-job canvas').first().waitFor();
		await page.waitForTimeout(800);
		await record(page, 'Node-RED: the image is saved, its path in msg.payload', corner);
		assert.deepEqual(editor.pageErrors, []);
	});
});
