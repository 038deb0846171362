// The animated picture of the README: form, run, image, in both hosts, recorded from their editors.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { CREDENTIAL } from '../../../scripts/workflows.mjs';
import { animate, inspect } from '../lib/animation.mjs';
import { picturesDir } from '../lib/browser.mjs';
import { openEditor as openN8n } from '../lib/n8n-editor.mjs';
import { openEditor as openNodeRed } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const SIZE = { width: 920, height: 600 };
const MAX_BYTES = 1_500_000;

/** @type {{caption: string, png: Buffer, ms: number}[]} */
const frames = [];

/** Adds a frame of a part of the page. */
async function record(page, caption, { x, y }, ms = 2_600) {
	const path = join(picturesDir, `tour-${frames.length + 1}.png`);
	frames.push({ caption, ms, png: await page.screenshot({ path, clip: { x, y, ...SIZE } }) });
}

const workflow = {
	id: 'tour000000000001',
	name: 'Tour',
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: 'start',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		{
			id: 'run',
			name: 'RunComfy',
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [260, 0],
			parameters: {},
			credentials: { [CREDENTIAL.type]: { id: CREDENTIAL.id, name: CREDENTIAL.name } },
		},
	],
	connections: { Start: { main: [[{ node: 'RunComfy', type: 'main', index: 0 }]] } },
};

void describe('tour: n8n', () => {
	const corner = { x: 508, y: 65 };
	let dir;
	let simulator;
	let n8n;
	let editor;
	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-tour-'));
		simulator = await startSimulator({ latencyMs: 4_000 });
		const data = { apiToken: simulator.token, baseUrl: simulator.url, apiVersion: 'v1' };
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			workflows: [workflow],
			credentials: [{ ...CREDENTIAL, data }],
		});
		editor = await openN8n(n8n.url, { viewport: { width: 1440, height: 900 } });
	});
	after(async () => {
		await editor?.close();
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	it('goes from the form to the image', async () => {
		const { page } = editor;
		await editor.openWorkflow(workflow.id);
		await editor.openNode('RunComfy');
		await page.locator('[data-test-id="resource-locator-deploymentId"] input').last().click();
		const deployment = page.locator('[data-test-id=rlc-item]', { hasText: /^text-to-image$/ });
		await deployment.hover();
		await record(page, 'n8n: choose one of your deployments', corner);
		await deployment.click();
		const text = page
			.locator('.parameter-item', { hasText: 'Positive Prompt' })
			.last()
			.locator('input, textarea')
			.first();
		await text.waitFor();
		await page.waitForTimeout(800);
		await record(page, 'n8n: the inputs of its ComfyUI workflow are a form', corner);
		await text.fill('a red fox in the snow');
		await text.blur();
		await page.waitForTimeout(500);
		await record(page, 'n8n: change the prompt, leave the rest', corner, 2_000);
		await page.click('[data-test-id=node-execute-button]');
		await page.mouse.move(10, 10);
		await page.waitForTimeout(1_500);
		await record(page, 'n8n: it runs on a GPU at RunComfy', corner, 2_000);
		await page.getByRole('button', { name: 'View', exact: true }).click({ timeout: 60_000 });
		const image = page.locator('img[src*=binary]').first();
		await until('the picture is there', () => image.evaluate((one) => one.naturalWidth > 0));
		// The success message disappears.
		await page.waitForTimeout(6_000);
		await record(page, 'n8n: the image is in the output', corner, 3_000);
		assert.deepEqual(editor.pageErrors, []);
	});
});

const example = JSON.parse(readFileSync(join(root, 'examples/01-first-image.json'), 'utf8'));
const idOf = (type) => example.find((node) => node.type === type).id;

void describe('tour: Node-RED', () => {
	const corner = { x: 0, y: 46 };
	const rig = useNodeRed('4.1', {
		simulator: { latencyMs: 5_000 },
		flow: ({ simulator, dir }) =>
			example.map((node) => {
				const account = { baseUrl: simulator.url, credentials: { apiToken: simulator.token } };
				const run = { directory: join(dir, 'saved'), directoryType: 'str' };
				const change = { 'runcomfy-config': account, 'runcomfy-run': run };
				return { ...node, ...change[node.type] };
			}),
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

	it('goes from the dialog to the image', async () => {
		const { page } = editor;
		const run = idOf('runcomfy-run');
		const dialog = dialogOf(editor);
		await dialog.edit(run);
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
			/^running · [2-9] s$/.test((await editor.statusOf(run))?.text ?? ''),
		);
		await record(page, 'Node-RED: press the button, and it runs', corner);
		await page.locator('.runcomfy-job canvas').first().waitFor();
		await page.waitForTimeout(800);
		await record(page, 'Node-RED: the image is saved, its path in msg.payload', corner, 3_400);
		assert.deepEqual(editor.pageErrors, []);
	});

	it('is one small animation that a browser can play', async () => {
		const animation = await animate(editor.page, frames);
		writeFileSync(join(picturesDir, 'tour.webp'), animation);
		assert.ok(animation.length < MAX_BYTES, `${animation.length} bytes`);
		const sizes = await inspect(editor.page, animation);
		assert.equal(sizes.length, 9);
		assert.equal(new Set(sizes).size, 1, sizes.join());
	});
});
