// The packed package in real Node-REDs: installed as the palette manager does, opened in the editor,
// a dialog filled, deployed, run.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { root } from '../../../scripts/root.mjs';
import { OLDEST, openEditor, RELEASES } from '../lib/node-red.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const example = JSON.parse(readFileSync(join(root, 'examples/01-first-image.json'), 'utf8'));
const idOf = (type) => example.find((node) => node.type === type).id;

for (const release of [OLDEST, ...Object.keys(RELEASES)]) {
	void describe(`Node-RED ${release}`, () => {
		const saved = () => join(rig.dir, 'saved');
		// The account is filled in, and no deployment is chosen yet.
		const rig = useNodeRed(release, {
			flow: ({ simulator }) =>
				example.map((node) =>
					node.type === 'runcomfy-config'
						? { ...node, baseUrl: simulator.url, credentials: { apiToken: simulator.token } }
						: node.type === 'runcomfy-run'
							? { ...node, output: 'saved', directory: saved(), directoryType: 'str' }
							: node,
				),
		});

		it('loads every node', async () => {
			const answer = await fetch(`${rig.nodeRed.url}/nodes`, {
				headers: { accept: 'application/json' },
			});
			const ours = (await answer.json()).filter(
				({ module }) => module === 'node-red-contrib-runcomfy',
			);
			const broken = ours.filter(({ err, enabled }) => err || !enabled);
			assert.deepEqual(broken, []);
			const { 'node-red': manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
			assert.deepEqual(ours.map(({ name }) => name).sort(), Object.keys(manifest.nodes).sort());
		});

		it('is filled in, deployed and run from the editor', async () => {
			const editor = await openEditor(rig.nodeRed.url);
			const { page, picture } = editor;
			const run = idOf('runcomfy-run');
			try {
				await picture(`node-red-${release}-palette`);
				await editor.edit(run);
				await page.fill(
					'.form-row:has(#node-input-deploymentId) .runcomfy-combobox',
					rig.simulator.deploymentIds.textToImage,
				);
				await picture(`node-red-${release}-dialog`);
				await page.click('#node-dialog-ok');
				await editor.deploy();
				await rig.nodeRed.inject(idOf('inject'));
				const [name] = await until('the file is saved', () => {
					const names = readdirSync(saved()).filter((file) => file.endsWith('.png'));
					return names.length > 0 && names;
				});
				const png = readFileSync(join(saved(), name));
				assert.equal(png.subarray(1, 4).toString(), 'PNG');
				await until('the node shows that it is done', async () => {
					const status = await editor.statusOf(run);
					return status?.fill === 'green' || status?.text === undefined;
				});
				await picture(`node-red-${release}-done`);
				assert.deepEqual(editor.pageErrors, []);
			} finally {
				await editor.close();
			}
		});
	});
}
