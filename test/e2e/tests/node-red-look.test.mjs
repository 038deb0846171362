// The look of all dialogs in real Node-REDs: nothing is cut off, not even in a narrow window, another language or the
// dark theme, and screen readers announce the name of each field.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { onTab, openEditor, RELEASES, tabAndAccount, useEditor } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { flowsOf, jobsOf } from '../lib/node-red-jobs.mjs';

/** Language codes of the browser, which are also our file names, and whether there is help. */
const LANGUAGES = { de: true, 'zh-CN': false };

/** Each node with the fields that show most others. */
const NODES = {
	run: { output: 'saved', progress: true, workflow: '{}' },
	submit: { inputMode: 'json' },
	status: {},
	result: { wait: true, output: 'buffer' },
	cancel: { target: 'topic' },
	deployment: { operation: 'update' },
};
const DIALOGS = [...Object.keys(NODES), 'account'];

const steps = { kind: 'integer', min: 1 };
const ROWS = [
	{ nodeId: '31', input: 'steps', type: 'num', value: '0', spec: steps },
	{ nodeId: '31', input: 'seed', type: 'random', value: '' },
];

const flow = ({ simulator }) => [
	...tabAndAccount(simulator),
	...onTab(
		Object.entries(NODES).map(([name, fields]) => ({
			id: name,
			type: `runcomfy-${name}`,
			inputMode: 'rows',
			deploymentId: simulator.deploymentIds.textToImage,
			deploymentIdType: 'str',
			rows: ROWS,
			...fields,
		})),
	),
];

const localeFile = (name) => readFileSync(join(root, 'node-red', 'locales', name), 'utf8');

for (const release of RELEASES) {
	void describe(`the dialogs in Node-RED ${release}`, () => {
		const rig = useEditor(release, { flow });

		for (const name of DIALOGS) {
			it(`of ${name}: each field has a name, and nothing is cut off`, async () => {
				const { dialog, editor } = rig;
				await dialog.edit(name);
				const title = editor.page.locator('.red-ui-tray-breadcrumbs li').last();
				assert.equal((await title.textContent()).trim(), `Edit RunComfy ${name} node`);
				const tree = await editor.page.locator('.runcomfy-form:visible').ariaSnapshot();
				const fields = tree.match(/- '?(?:textbox|combobox|checkbox|button|spinbutton|link)\b.*/g);
				assert.ok(fields.length >= 3, tree);
				// An icon is a letter of a font, which screen readers do not pronounce.
				const unnamed = fields.filter((line) => !/^- '?\w+ "[^"\p{Co}]*\p{L}/u.test(line));
				assert.deepEqual(unnamed, []);
				assert.deepEqual(await dialog.cutExamples(), []);
				assert.deepEqual(await dialog.cutOff(), []);
				await editor.picture(`node-red-${release}-${name}`);
				assert.deepEqual(await dialog.brokenLabels(), []);
				await dialog.cancel();
			});
		}

		for (const width of [760, 900, 1100]) {
			it(`of run: nothing is cut off in a window of ${width} px`, async () => {
				const { dialog, editor } = rig;
				await editor.page.setViewportSize({ width, height: 900 });
				await dialog.edit('run');
				assert.deepEqual(await dialog.cutOff(), []);
				await dialog.cancel();
			});
		}

		for (const [language, hasHelp] of release === '5' ? Object.entries(LANGUAGES) : []) {
			it(`speak ${language}, with help and sidebar`, async () => {
				const viewport = { width: 1440, height: 1100 };
				const editor = await openEditor(rig.url, { locale: language, viewport });
				const { page, picture } = editor;
				const dialog = dialogOf(editor);
				const texts = JSON.parse(localeFile(`${language}.json`));
				const { runcomfy: shared, 'runcomfy-jobs': jobs } = texts;
				try {
					for (const name of DIALOGS) {
						await dialog.edit(name);
						const labels = await page.locator('.runcomfy-form label:visible').allTextContents();
						assert.ok(labels.map((text) => text.trim()).includes(shared.label.name), name);
						assert.deepEqual(await dialog.untranslated(), [], name);
						assert.deepEqual(await dialog.tooWide(), [], name);
						assert.deepEqual(await dialog.cutExamples(), [], name);
						await picture(`node-red-${language}-${name}`);
						await dialog.cancel();
					}
					const help = await page.evaluate(
						(types) => types.map((type) => globalThis['RED'].nodes.getNodeHelp(`runcomfy-${type}`)),
						Object.keys(NODES),
					);
					const english = localeFile('en-US.md');
					for (const text of help) {
						assert.ok(text.length > 500);
						const [first] = text.trim().split('\n');
						const isEnglish = english.includes(first.replace(/<[^<>]+>/g, ''));
						assert.equal(isEnglish, !hasHelp, first);
					}
					await page.evaluate(() => globalThis['RED'].actions.invoke('runcomfy:show-jobs-tab'));
					await page.locator('.runcomfy-jobs-empty:visible').waitFor();
					assert.equal(await page.textContent('.runcomfy-jobs-empty'), jobs.empty);
					assert.deepEqual(await dialog.tooWide('.runcomfy-jobs .red-ui-sidebar-header'), []);
					assert.deepEqual(editor.pageErrors, []);
				} finally {
					await editor.close();
				}
			});
		}
	});
}

void describe('in the dark, Node-RED 5', () => {
	const rig = useEditor('5', {
		flow: ({ simulator }) => flowsOf(simulator),
		simulator: { latencyMs: 1_000 },
	});
	before(() => rig.editor.darken());
	const isReadable = async (what, selector) => {
		assert.deepEqual(await rig.dialog.tooPale(selector), []);
		await rig.editor.picture(`node-red-5-dark-${what}`);
	};

	it('a dialog and its lists can be read', async () => {
		const { dialog, editor } = rig;
		const ground = await editor.page.evaluate(
			() => globalThis.getComputedStyle(globalThis.document.body).backgroundColor,
		);
		assert.ok(Number(ground.match(/\d+/)[0]) < 90, ground);
		await dialog.edit('run_fox');
		await editor.page.selectOption('#node-input-inputMode', 'rows');
		const row = await dialog.addRow('steps');
		await dialog.setValue(row, '0');
		await isReadable('dialog');
		await dialog.inputOf(row).click();
		await isReadable('list', '.runcomfy-list:visible');
		await editor.page.keyboard.press('Escape');
		await dialog.cancel();
	});

	it('an account can be read', async () => {
		const { dialog, editor } = rig;
		await dialog.edit('account');
		await editor.page.click('#runcomfy-test');
		await editor.page.locator('.form-row:has(#runcomfy-test) .runcomfy-note-good').waitFor();
		await isReadable('account');
		await dialog.cancel();
	});

	it('the sidebar can be read', async () => {
		const jobs = jobsOf(rig.editor);
		await jobs.open();
		for (const name of ['press_fox', 'press_portrait', 'press_clip'])
			await rig.nodeRed.inject(name);
		await until(
			'all have ended',
			async () => (await jobs.rows()).filter((row) => row.ended).length === 3,
		);
		await isReadable('jobs', '.runcomfy-jobs');
	});
});
