// Palette, dialogs, help and sidebar in other languages than English, which follow the browser's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../../scripts/root.mjs';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

/** What a browser sends, what our files are called for it, and whether there is help. */
const LANGUAGES = { de: true, ja: true, 'zh-CN': false };

const localeFile = (name) => readFileSync(join(root, 'node-red', 'locales', name), 'utf8');
const textsOf = (language) => JSON.parse(localeFile(`${language}.json`));

const TYPES = ['run', 'submit', 'status', 'result', 'cancel', 'webhook', 'deployment'];

const flowFor = ({ url, token, deploymentIds }) => [
	{ id: 'tab', type: 'tab', label: 'Pictures' },
	{
		id: 'account',
		type: 'runcomfy-config',
		name: 'Studio',
		baseUrl: url,
		apiVersion: 'v1',
		credentials: { apiToken: token },
	},
	...TYPES.map((name, at) => ({
		id: name,
		type: `runcomfy-${name}`,
		z: 'tab',
		x: 340,
		y: 60 + 60 * at,
		config: 'account',
		inputMode: 'rows',
		path: '/runcomfy',
		secret: 's',
		operation: 'update',
		deploymentId: deploymentIds.textToImage,
		deploymentIdType: 'str',
		wires: [[]],
		rows: [
			{ nodeId: '31', input: 'steps', type: 'num', value: '0', spec: { kind: 'integer', min: 1 } },
			{ nodeId: '31', input: 'seed', type: 'random', value: '' },
		],
	})),
];

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}`, () => {
		const rig = useNodeRed(release, { flow: ({ simulator }) => flowFor(simulator) });

		for (const [language, hasHelp] of Object.entries(LANGUAGES)) {
			it(`speaks ${language}`, async () => {
				const viewport = { width: 1440, height: 1100 };
				const editor = await openEditor(rig.nodeRed.url, { locale: language, viewport });
				const { page, picture, pageErrors } = editor;
				const dialog = dialogOf(editor);
				const { runcomfy: shared, 'runcomfy-jobs': jobs } = textsOf(language);
				const visible = (selector) => page.locator(`${selector}:visible`).allTextContents();
				try {
					for (const name of [...TYPES, 'account']) {
						await dialog.edit(name);
						const labels = (await visible('.runcomfy-form label')).map((text) => text.trim());
						assert.ok(labels.includes(shared.label.name), `${name}: ${labels.join(' | ')}`);
						assert.deepEqual(await dialog.untranslated(), [], name);
						assert.deepEqual(await dialog.tooWide(), [], name);
						assert.deepEqual(await dialog.cutExamples(), [], name);
						if (name === 'run') {
							const note = page.locator('.runcomfy-row .runcomfy-note-error');
							await note.waitFor();
							const said = (await note.textContent()) ?? '';
							assert.equal(said.trim(), shared.row.least.replace('__n__', '1'));
						}
						await picture(`node-red-${release}-${language}-${name}`);
						await dialog.cancel();
					}

					const help = await page.evaluate(
						(types) => types.map((type) => globalThis['RED'].nodes.getNodeHelp(`runcomfy-${type}`)),
						TYPES,
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
					await picture(`node-red-${release}-${language}-jobs`);
					assert.deepEqual(pageErrors, []);
				} finally {
					await editor.close();
				}
			});
		}
	});
}
