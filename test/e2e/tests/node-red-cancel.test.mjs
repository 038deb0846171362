// A cancel node and the run node that it names, in the editor of real Node-REDs: they are copied, deleted, and
// brought back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { until } from '../../../scripts/process.mjs';
import { openEditor, RELEASES } from '../lib/node-red.mjs';
import { dialogOf } from '../lib/node-red-dialog.mjs';
import { useNodeRed } from '../lib/node-red-rig.mjs';

const CANCEL = { type: 'runcomfy-cancel', z: 'tab', config: 'account', target: 'node' };

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
	{ id: 'run', type: 'runcomfy-run', z: 'tab', x: 340, y: 100, config: 'account', wires: [[]] },
	{ ...CANCEL, id: 'stop', x: 340, y: 160, runNode: 'run', runNodeType: 'run', wires: [[]] },
	{ ...CANCEL, id: 'lost', x: 340, y: 220, runNode: 'gone', runNodeType: 'run', wires: [[]] },
];

for (const release of Object.keys(RELEASES)) {
	void describe(`Node-RED ${release}`, () => {
		const rig = useNodeRed(release, { flow: ({ simulator }) => flowFor(simulator) });
		let editor;
		let dialog;
		before(async () => {
			editor = await openEditor(rig.nodeRed.url, { viewport: { width: 1440, height: 1100 } });
			editor.page.setDefaultTimeout(10_000);
			dialog = dialogOf(editor);
		});
		after(() => editor?.close());

		/** Selects nodes, and runs the editor's action for a key on them. */
		const act = (ids, ...actions) =>
			editor.page.evaluate(
				([selected, invoked]) => {
					const { RED } = /** @type {any} */ (globalThis);
					RED.view.select({ nodes: selected.map((id) => RED.nodes.node(id)) });
					for (const action of invoked) RED.actions.invoke(`core:${action}`);
				},
				[ids, actions],
			);
		const nodesOf = (type) =>
			editor.page.evaluate((wanted) => {
				const { RED } = /** @type {any} */ (globalThis);
				return RED.nodes
					.filterNodes({ type: wanted })
					.map(({ id, runNode, valid }) => ({ id, runNode, valid }));
			}, type);
		const stop = async (id = 'stop') =>
			(await nodesOf('runcomfy-cancel')).find((node) => node.id === id);

		it('marks one whose run node is not there', async () => {
			assert.equal((await stop()).valid, true);
			assert.equal((await stop('lost')).valid, false);
		});

		it('a pasted copy of both names the copy of the run node', async () => {
			await act(
				['run', 'stop'],
				...['copy-selection-to-internal-clipboard', 'paste-from-internal-clipboard'],
			);
			const copied = (await nodesOf('runcomfy-run')).find(({ id }) => id !== 'run');
			const cancels = await nodesOf('runcomfy-cancel');
			const copy = cancels.find(({ id }) => !['stop', 'lost'].includes(id));
			assert.equal(copy.runNode, copied.id);
			assert.equal(copy.valid, true);
			await editor.page.mouse.click(900, 500);
			await dialog.edit(copy.id);
			assert.equal(await editor.page.inputValue('#node-input-runNode'), copied.id);
			await dialog.setTyped('runNode', 'run', 'run');
			await dialog.done();
			assert.equal((await stop(copy.id)).runNode, 'run');
		});

		it('marks one when its run node is deleted, until it is back', async () => {
			await act(['run'], 'delete-selection');
			await until('it is marked', async () => (await stop()).valid === false);
			await editor.page.evaluate(() => globalThis['RED'].actions.invoke('core:undo'));
			await until('it is right again', async () => (await stop()).valid === true);
		});
	});
}
