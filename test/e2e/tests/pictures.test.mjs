// The dialog of RunComfy run as docs/node-red.md shows it, in the light and in the dark.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { root } from '../../../scripts/root.mjs';
import { openEditor } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const example = JSON.parse(readFileSync(join(root, 'examples/01-first-image.json'), 'utf8'));
const run = example.find(({ type }) => type === 'runcomfy-run').id;

void describe('pictures: Node-RED', () => {
	const rig = useNodeRed('5', {
		flow: ({ simulator }) =>
			example.map((node) =>
				node.type === 'runcomfy-config'
					? { ...node, baseUrl: simulator.url, credentials: { apiToken: simulator.token } }
					: node,
			),
	});
	let editor;
	before(async () => {
		editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1200, height: 940 } });
		editor.page.setDefaultTimeout(15_000);
	});
	after(() => editor?.close());

	for (const name of ['node-red-dialog', 'node-red-dialog-dark']) {
		it(`${name}: what the dialog is called, and what it shows`, async () => {
			const { page, picture } = editor;
			if (name.endsWith('dark')) {
				await editor.darken();
				await page.reload();
				await page.waitForFunction(() => globalThis['RED']?.nodes?.node('runcomfy_first_run'));
			}
			const dialog = dialogOf(editor);
			await page.locator('#red-ui-palette-search input').fill('');
			await page.locator('#red-ui-palette-search input').pressSequentially('runcomfy');
			await page.waitForTimeout(700);
			await dialog.edit(run);
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
