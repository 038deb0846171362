import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

const RUN_NODE = '#node-input-runNode';

RED.nodes.registerType('runcomfy-cancel', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-cancel.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy cancel',
	label: nameOr('RunComfy cancel'),
	labelStyle,
	oneditprepare() {
		// Node-RED fills in no field whose property names nodes, and saves none but of a configuration.
		$(RUN_NODE).val(String(this['runNode'] ?? ''));
		runcomfyEditor.prepare(this, FIELDS);
	},
	oneditsave() {
		const chosen = $(RUN_NODE).val();
		if (chosen !== (this['runNode'] ?? '')) this['runNode'] = chosen;
	},
});

/** Has cancel nodes marked, or no longer, whose run node has gone or come. */
function recheck({ type }: { type: string }): void {
	if (type !== 'runcomfy-run' || due) return;
	due = true;
	// Once for all that are imported or deleted together.
	setTimeout(() => {
		due = false;
		const { filterNodes } = RED.nodes as unknown as { filterNodes(filter: object): object[] };
		for (const node of filterNodes({ type: 'runcomfy-cancel' })) RED.editor.validateNode(node);
		RED.view.redraw();
	});
}

let due = false;
for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events.on(event, recheck);
