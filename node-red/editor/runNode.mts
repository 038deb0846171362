// The field of a cancel node that names a run node.
import { t } from './ask.mts';
import type { EditedNode } from './form.mts';

/** The run nodes that a cancel node reaches by their ids: those of all tabs, and of its own subflow. */
export function runNodes({ z }: EditedNode): Labelled[] {
	const { filterNodes, subflow } = editorNodes();
	return filterNodes({ type: 'runcomfy-run' }).filter((run) => run.z === z || !subflow(run.z));
}

/** A type of TypedInput: the run nodes, named as in the editor. */
export function runNodeList(cancel: EditedNode): object {
	const { workspace, subflow } = editorNodes();
	const nodes = runNodes(cancel).map((node) => {
		const place = workspace(node.z)?.label ?? subflow(node.z)?.name;
		const name = RED.utils.getNodeLabel(node, node.id);
		return { value: node.id, label: [place, name].filter(Boolean).join(' · ') };
	});
	const options = nodes.map(({ value, label }) => {
		const namesakes = nodes.filter((other) => other.label === label).length;
		return { value, label: namesakes > 1 ? `${label} · ${value}` : label };
	});
	return { value: 'run', label: t('label.runNode'), icon: 'fa fa-play', options };
}

// Node-RED fills in no field whose property names nodes, and saves it only for a configuration node.

export function showRunNode(cancel: EditedNode): void {
	$('#node-input-runNode').val(String(cancel['runNode'] ?? ''));
}

export function saveRunNode(cancel: EditedNode): void {
	const chosen = $('#node-input-runNode').val();
	if (chosen !== (cancel['runNode'] ?? '')) cancel['runNode'] = chosen;
}

/** Checks the cancel nodes again whenever a run node comes or goes. */
export function watchRunNodes(): void {
	let due = false;
	const recheck = ({ type }: { type: string }) => {
		if (type !== 'runcomfy-run' || due) return;
		due = true;
		// Nodes that are imported or deleted together are checked once.
		setTimeout(() => {
			due = false;
			for (const cancel of editorNodes().filterNodes({ type: 'runcomfy-cancel' })) {
				RED.editor.validateNode(cancel);
			}
			RED.view.redraw();
		});
	};
	for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events.on(event, recheck);
}

type Labelled = Parameters<typeof RED.utils.getNodeLabel>[0];

// The published types know neither these functions nor the nodes' properties.
interface EditorNodes {
	filterNodes(filter: { type: string }): Labelled[];
	workspace(id: string): { label: string } | undefined;
	subflow(id: string): { name: string } | undefined;
}

function editorNodes(): EditorNodes {
	return RED.nodes as unknown as EditorNodes;
}
