// The dialogs of all nodes: nothing is cut off, and screen readers say the name of each field.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

/** Each node with the settings that show most fields. */
const NODES = {
	run: { output: 'saved', progress: true, workflow: '{}' },
	submit: { inputMode: 'json' },
	status: {},
	result: { wait: true, output: 'buffer' },
	cancel: { target: 'node' },
	webhook: {},
	deployment: { operation: 'update' },
};

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
	...Object.entries(NODES).map(([name, fields], at) => ({
		id: name,
		type: `runcomfy-${name}`,
		z: 'tab',
		x: 340,
		y: 60 + 60 * at,
		config: 'account',
		inputMode: 'rows',
		path: '/runcomfy',
		deploymentId: deploymentIds.textToImage,
		deploymentIdType: 'str',
		wires: [[]],
		rows: [
			{ nodeId: '31', input: 'steps', type: 'num', value: '20', spec: { kind: 'integer' } },
			{ nodeId: '31', input: 'seed', type: 'random', value: '' },
		],
		...fields,
	})),
];

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}`, () => {
		const rig = useNodeRed(release, { flow: ({ simulator }) => flowFor(simulator) });
		let editor;
		let dialog;
		before(async () => {
			editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1440, height: 1100 } });
			dialog = dialogOf(editor);
		});
		after(() => editor?.close());

		for (const name of [...Object.keys(NODES), 'account']) {
			it(`names ${name} and all of its fields`, async () => {
				await dialog.edit(name);
				const title = editor.page.locator('.red-ui-tray-breadcrumbs li').last();
				assert.equal((await title.textContent()).trim(), `Edit RunComfy ${name} node`);
				const tree = await editor.page.locator('.runcomfy-form:visible').ariaSnapshot();
				const fields = tree.match(/- '?(?:textbox|combobox|checkbox|button|spinbutton|link)\b.*/g);
				assert.ok(fields.length >= 3, tree);
				// An icon is a letter of a font, which a screen reader must not read out.
				const unnamed = fields.filter((line) => !/^- '?\w+ "[^"\p{Co}]*\p{L}/u.test(line));
				assert.deepEqual(unnamed, []);
				await dialog.cancel();
			});
		}

		it('shows a webhook whole on a screen of 800 px', async () => {
			const { page } = editor;
			await page.setViewportSize({ width: 1280, height: 800 });
			await dialog.edit('webhook');
			for (const output of ['files', 'texts', 'buffer', 'buffers', 'saved']) {
				await page.selectOption('#node-input-output', output);
				assert.equal(await dialog.hiddenBelow(), 0, output);
				assert.deepEqual(await dialog.tooWide(), [], output);
			}
			await editor.picture(`node-red-${release}-webhook`);
			await dialog.cancel();
		});

		for (const width of [1100, 1200, 1440]) {
			it(`cuts off nothing in a window of ${width} px`, async () => {
				await editor.page.setViewportSize({ width, height: 900 });
				await dialog.edit('run');
				assert.deepEqual(await dialog.cutOff(), []);
				await editor.picture(`node-red-${release}-run-${width}`);
				await dialog.cancel();
			});
		}
	});
}
