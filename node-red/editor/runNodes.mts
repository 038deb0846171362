/** A type of TypedInput that offers the run nodes of all tabs, named as in the editor. */
export function runNodes(): object {
	const { filterNodes, workspace, subflow } = RED.nodes as unknown as EditorNodes;
	const nodes = filterNodes({ type: 'runcomfy-run' }).map((node) => {
		const place = workspace(node.z)?.label ?? subflow(node.z)?.name;
		const name = RED.utils.getNodeLabel(node, node.id);
		return { value: node.id, label: [place, name].filter(Boolean).join(' · ') };
	});
	const options = nodes.map(({ value, label }) => {
		const namesakes = nodes.filter((other) => other.label === label).length;
		return { value, label: namesakes > 1 ? `${label} · ${value}` : label };
	});
	const label = $('label[for="node-input-runNode"]').text().trim();
	return { value: 'run', label, icon: 'fa fa-play', options };
}

type Labelled = Parameters<typeof RED.utils.getNodeLabel>[0];

// The published types know neither the nodes' properties nor these arguments.
interface EditorNodes {
	filterNodes(filter: { type: string }): Labelled[];
	workspace(id: string): { label: string } | undefined;
	subflow(id: string): { name: string } | undefined;
}
