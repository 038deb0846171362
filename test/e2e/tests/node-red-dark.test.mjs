// Dialogs and the sidebar in dark themes: that of Node-RED 5, and a common one for 4.1.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { darkSettings, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { flowsOf, openJobs } from '../lib/node-red-jobs.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release} in the dark`, () => {
		const rig = useNodeRed(release, {
			flow: ({ simulator }) => flowsOf(simulator),
			simulator: { latencyMs: 1_000 },
			settings: (userDir) => darkSettings(release, userDir),
		});
		let jobs;
		let dialog;
		before(async () => {
			jobs = await openJobs(rig.nodeRed.url, { viewport: { width: 1440, height: 1100 } });
			if (release === '5') await jobs.darken();
			dialog = dialogOf(jobs);
		});
		after(() => jobs?.close());

		it('is dark', async () => {
			const ground = await jobs.page.evaluate(
				() => globalThis.getComputedStyle(globalThis.document.body).backgroundColor,
			);
			const [red] = ground.match(/\d+/g).map(Number);
			assert.ok(red < 90, ground);
		});

		it('has a dialog that can be read', async () => {
			const { page, picture } = jobs;
			await dialog.edit('run_fox');
			await page.selectOption('#node-input-inputMode', 'rows');
			const steps = await dialog.addRow('steps');
			await dialog.setValue(steps, '0');
			assert.deepEqual(await dialog.tooPale(), []);
			await dialog.rowAt(0).locator('.runcomfy-combobox-frame .runcomfy-combobox').click();
			assert.deepEqual(await dialog.tooPale('.runcomfy-list:visible'), []);
			await picture(`node-red-${release}-dark-dialog`);
			await page.keyboard.press('Escape');
			await dialog.cancel();
		});

		it('has an account that can be read', async () => {
			const { page, picture } = jobs;
			await dialog.edit('account');
			await page.click('#runcomfy-test');
			await page.locator('.form-row:has(#runcomfy-test) .runcomfy-note-good').waitFor();
			assert.deepEqual(await dialog.tooPale(), []);
			await picture(`node-red-${release}-dark-account`);
			await dialog.cancel();
		});

		it('has a sidebar that can be read', async () => {
			const { picture } = jobs;
			await jobs.open();
			for (const name of ['press_fox', 'press_portrait', 'press_clip'])
				await rig.nodeRed.inject(name);
			const ended = async () => (await jobs.rows()).filter((row) => row.ended).length === 3;
			await until('all have ended', ended);
			assert.deepEqual(await dialog.tooPale('.runcomfy-jobs'), []);
			await jobs.widen();
			await picture(`node-red-${release}-dark-jobs`);
			assert.deepEqual(jobs.pageErrors, []);
		});
	});
}
