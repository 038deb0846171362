// What people see of a run in progress, and how they cancel it, in the editor of real Node-REDs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const example = (name) => JSON.parse(readFileSync(join(root, 'examples', `${name}.json`), 'utf8'));
const idOf = (flow, type) => flow.find((node) => node.type === type).id;

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}`, () => {
		const progress = example('03-progress');
		const cancel = example('07-cancel').filter(({ type }) => type !== 'runcomfy-config');
		const run = idOf(progress, 'runcomfy-run');
		const rig = useNodeRed(release, {
			simulator: { latencyMs: 20_000 },
			flow({ simulator }) {
				const deploymentId = simulator.deploymentIds.textToImage;
				const change = {
					'runcomfy-config': {
						baseUrl: simulator.url,
						credentials: { apiToken: simulator.token },
					},
					'runcomfy-run': { deploymentId },
					'runcomfy-submit': { deploymentId },
				};
				return [...progress, ...cancel].map((node) => ({ ...node, ...change[node.type] }));
			},
		});
		let editor;
		before(async () => {
			editor = await openEditor(rig.nodeRed.url);
		});
		after(() => editor?.close());

		const ports = () =>
			editor.page.evaluate((id) => {
				const { RED } = /** @type {any} */ (globalThis);
				const { outputs } = RED.nodes.node(id);
				return { outputs, links: RED.nodes.getNodeLinks(id, 0).length };
			}, run);

		it('has as many outputs as the dialog says', async () => {
			const { page, picture } = editor;
			assert.deepEqual(await ports(), { outputs: 2, links: 2 });
			for (const outputs of [1, 2]) {
				await editor.edit(run);
				await page.setChecked('#node-input-progress', outputs === 2);
				if (outputs === 1) await picture(`node-red-${release}-progress-dialog`);
				await page.click('#node-dialog-ok');
				await until('the dialog is closed', () => page.isHidden('#node-dialog-ok'));
				assert.deepEqual(await ports(), { outputs, links: 1 });
			}
			await page.keyboard.press('Control+z');
			await page.keyboard.press('Control+z');
			assert.deepEqual(await ports(), { outputs: 2, links: 2 });
		});

		it('counts the seconds of a run in the status', async () => {
			await rig.nodeRed.inject(idOf(progress, 'inject'));
			const text = await until('it runs for two seconds', async () => {
				const status = await editor.statusOf(run);
				return /^running · [2-9] s$/.test(status?.text ?? '') && status?.text;
			});
			await editor.picture(`node-red-${release}-progress`);
			const drawn = await editor.page.textContent(`[id="${run}"] .red-ui-flow-node-status-label`);
			assert.match(drawn, /^running · \d s$/, text);
		});

		it('offers the run nodes by name to cancel', async () => {
			const { page, picture } = editor;
			const node = idOf(cancel, 'runcomfy-cancel');
			await editor.edit(node);
			const shown = () =>
				page.evaluate(() =>
					['requestId', 'runNode'].filter((name) => {
						const input = document.querySelector(`.form-row:has(#node-input-${name})`);
						return input?.checkVisibility();
					}),
				);
			assert.deepEqual(await shown(), ['requestId']);
			await page.selectOption('#node-input-target', 'node');
			assert.deepEqual(await shown(), ['runNode']);
			await page.click('.form-row:has(#node-input-runNode) .red-ui-typedInput-option-trigger');
			await page.click('.red-ui-typedInput-options:visible >> text=/^Progress/');
			await page.focus('#node-input-name');
			await picture(`node-red-${release}-cancel-dialog`);
			await page.click('#node-dialog-ok');
			await editor.deploy();
			await rig.nodeRed.inject(cancel.find(({ name }) => name === 'cancel it').id);
			await until('the run is canceled', async () => {
				const status = await editor.statusOf(run);
				return status?.text === 'run_canceled';
			});
			const states = [...rig.simulator.jobs.values()].map(({ state }) => state);
			assert.deepEqual(states, ['canceled']);
		});

		it('had no error on its page', () => assert.deepEqual(editor.pageErrors, []));
	});
}
