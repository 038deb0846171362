// The forms of both hosts for popular workflows: Flux, and a Wan video. They also make the pictures of the
// documentation.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startN8n } from '../../../scripts/hosts/n8n.mjs';
import { startSimulator } from '../../../scripts/hosts/simulator.mjs';
import { until } from '../../../scripts/process.mjs';
import { CREDENTIAL } from '../../../scripts/workflows.mjs';
import { openEditor as openN8n } from '../lib/n8n-editor.mjs';
import { openEditor as openNodeRed } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

/** How the forms of the simulator's deployments begin, in n8n and in Node-RED. */
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

const bare = {
	id: 'forms00000000001',
	name: 'Forms',
	nodes: [
		{
			id: 'start',
			name: 'Start',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		...Object.keys(FORMS).map((name, at) => ({
			id: name,
			name,
			type: 'n8n-nodes-runcomfy.runComfy',
			typeVersion: 1,
			position: [260, 160 * at],
			parameters: {},
			credentials: { [CREDENTIAL.type]: { id: CREDENTIAL.id, name: CREDENTIAL.name } },
		})),
	],
	connections: {},
	settings: { executionOrder: 'v1' },
};

void describe('forms: n8n', () => {
	let dir;
	let simulator;
	let n8n;
	let editor;
	before(async () => {
		dir = mkdtempSync(join(tmpdir(), 'runcomfy-forms-'));
		simulator = await startSimulator();
		const data = {
			apiToken: simulator.token,
			baseUrl: simulator.url,
			apiVersion: 'v1',
		};
		n8n = await startN8n({
			dir,
			tarball: process.env.RUNCOMFY_E2E_TARBALL,
			workflows: [bare],
			credentials: [{ ...CREDENTIAL, data }],
		});
		editor = await openN8n(n8n.url, { viewport: { width: 1440, height: 1000 } });
		editor.page.setDefaultTimeout(15_000);
	});
	after(async () => {
		await editor?.close();
		await n8n?.stop();
		await simulator?.close();
		rmSync(dir, { recursive: true, force: true });
	});

	for (const [name, { deployment, n8n: first }] of Object.entries(FORMS)) {
		it(`${deployment}: begins with the prompt`, async () => {
			const { page, picture } = editor;
			await editor.openWorkflow(bare.id);
			await editor.openNode(name);
			await page.locator('[data-test-id="resource-locator-deploymentId"] input').last().click();
			await page.locator('[data-test-id=rlc-item]', { hasText: deployment }).click();
			const fields = page.locator('[data-test-id=mapping-fields-container] .parameter-item');
			await fields.first().waitFor();
			// The entry under the mouse shows more than its label.
			await page.mouse.move(10, 10);
			await page.waitForTimeout(800);
			await picture(`n8n-form-${name}`, page.locator('[data-test-id=node-parameters]'));
			const shown = (await fields.allInnerTexts()).map((text) => text.split('\n')[0]);
			assert.deepEqual(shown.slice(0, first.length), first);
			assert.equal(new Set(shown).size, shown.length, 'no two labels look alike');
			assert.deepEqual(await fields.evaluateAll(cutLabels), []);
			assert.deepEqual(editor.pageErrors, []);
		});
	}
});

/* Runs in the page. */
function cutLabels(fields) {
	const labels = fields.flatMap((field) => [...field.querySelectorAll('label, label *')]);
	return labels
		.filter(({ clientWidth, scrollWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
		.map(({ textContent }) => textContent.trim());
}

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
	...Object.keys(FORMS).map((name, at) => ({
		id: name,
		type: 'runcomfy-run',
		z: 'tab',
		x: 340,
		y: 100 + 60 * at,
		config: 'account',
		inputMode: 'rows',
		wires: [[]],
	})),
];

void describe('forms: Node-RED', () => {
	const rig = useNodeRed('5', { flow: ({ simulator }) => flowFor(simulator) });
	let editor;
	let dialog;
	before(async () => {
		editor = await openNodeRed(rig.nodeRed.url, { viewport: { width: 1200, height: 1000 } });
		editor.page.setDefaultTimeout(10_000);
		dialog = dialogOf(editor);
	});
	after(() => editor?.close());

	for (const [name, { deployment, nodeRed: first }] of Object.entries(FORMS)) {
		it(`${deployment}: offers the prompt first`, async () => {
			const { page, picture } = editor;
			await dialog.edit(name);
			await dialog.choose(dialog.deployment(), deployment);
			await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await page.click('.form-row:has(#runcomfy-rows) .red-ui-editableList-addButton >> nth=0');
			await page.waitForTimeout(500);
			const offered = await dialog.options();
			await picture(`node-red-form-${name}`, page.locator('.red-ui-tray').last());
			assert.deepEqual(offered.slice(0, first.length), first);
			await page.keyboard.press('Escape');
			await dialog.done();
			assert.deepEqual(editor.pageErrors, []);
		});
	}
});
