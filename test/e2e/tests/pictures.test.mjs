// Creates the documentation's pictures of Node-RED's editor: the forms of popular workflows, the dialog of RunComfy
// run, and the half of the README's tour from the dialog to the image.
import { before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { still } from '../lib/browser.mjs';
import { exampleOf, useEditor } from '../lib/node-red.mjs';

const FORMS = { flux: 'flux-text-to-image' };

const RUN = 'runcomfy_first_run';

const fresh = Object.keys(FORMS).map((id, at) => ({
	id,
	type: 'runcomfy-run',
	z: 'runcomfy_first_tab',
	x: 340,
	y: 300 + 60 * at,
	config: 'runcomfy_account',
	inputMode: 'rows',
	wires: [[]],
}));
const flow = ({ simulator }) => [...exampleOf('01-first-image', simulator), ...fresh];
const WIDE = { viewport: { width: 1200, height: 1000 } };

/** The dialog of the first example's RunComfy run. */
async function drawDialog({ dialog, editor: { page, picture } }, name) {
	await page.setViewportSize({ width: 1200, height: 940 });
	await page.locator('#red-ui-palette-search input').pressSequentially('runcomfy');
	await page.waitForTimeout(700);
	await dialog.edit(RUN);
	await dialog.choose(dialog.deployment(), 'text-to-image', /^text-to-image/);
	await page.locator('.runcomfy-row').first().scrollIntoViewIfNeeded();
	await page.waitForTimeout(500);
	await picture(name);
	await dialog.cancel();
}

// The release that `npm start` opens.
void describe('pictures: forms and dialog, Node-RED 4.1', () => {
	const rig = useEditor('4.1', { flow }, WIDE);

	for (const [name, deployment] of Object.entries(FORMS)) {
		it(`the form of ${deployment}`, async () => {
			const { dialog } = rig;
			const { page, picture } = rig.editor;
			await dialog.edit(name);
			await dialog.choose(dialog.deployment(), deployment);
			await until('its prompt is there', () => dialog.valueHasFocus(dialog.rowAt(0)));
			await dialog.addEmptyRow();
			await page.waitForTimeout(500);
			await picture(`node-red-form-${name}`, page.locator('.red-ui-tray').last());
			await page.keyboard.press('Escape');
			await dialog.cancel();
		});
	}

	it('what the dialog shows', () => drawDialog(rig, 'node-red-dialog'));
});

void describe('pictures: in the dark, Node-RED 5', () => {
	const rig = useEditor('5', { flow }, WIDE);

	it('what the dialog shows', async () => {
		await rig.editor.darken();
		await drawDialog(rig, 'node-red-dialog-dark');
	});
});

void describe('pictures: Node-RED 4.1', () => {
	const rig = useEditor(
		'4.1',
		{
			simulator: { latencyMs: 5_000 },
			flow: ({ simulator, dir }) => exampleOf('01-first-image', simulator, dir),
		},
		{ viewport: { width: 920, height: 660 } },
	);
	before(() =>
		// Hides the palette and zooms out, so that the whole flow and dialog are in the picture.
		rig.editor.page.evaluate(() => {
			const { actions } = /** @type {any} */ (globalThis).RED;
			for (const action of ['core:toggle-palette', 'core:zoom-out']) actions.invoke(action);
		}),
	);

	it('the tour goes from the dialog to the image', async () => {
		const { dialog, editor } = rig;
		const { page } = editor;
		const corner = { x: 0, y: 46 };
		const show = (at, caption) => still(page, `node-red-${at}`, `Node-RED: ${caption}`, corner);
		await dialog.edit(RUN);
		await dialog.deployment().click();
		await page.waitForTimeout(500);
		await show(1, 'choose one of your deployments');
		await dialog.choose(dialog.deployment(), 'text-to-image');
		await page.waitForTimeout(800);
		await show(2, 'fill inputs of its workflow from the message');
		await dialog.done();
		await editor.deploy();
		await page.evaluate(() => globalThis['RED'].actions.invoke('runcomfy:show-jobs-tab'));
		await rig.nodeRed.inject('runcomfy_first_inject');
		await until('it runs for two seconds', async () =>
			/^running · [2-9] s$/.test((await editor.statusOf(RUN))?.text ?? ''),
		);
		await show(3, 'press the button, and it runs');
		await page.locator('.runcomfy-job img').first().waitFor();
		await page.waitForTimeout(800);
		await show(4, 'the image is saved, its path in msg.payload');
	});
});
