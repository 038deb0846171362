/** A type of TypedInput that offers the run nodes of all tabs, named as in the editor. */
export function runNodes(): object {
	const { filterNodes, workspace, subflow } = RED.nodes as unknown as EditorNodes;
	const options = filterNodes({ type: 'runcomfy-run' }).map(({ id, name, z }) => {
		const place = workspace(z)?.label ?? subflow(z)?.name;
		return { value: id, label: [place, name || id].filter(Boolean).join(' · ') };
	});
	const label = $('label[for="node-input-runNode"]').text().trim();
	return { value: 'run', label, icon: 'fa fa-play', options };
}

// The published types know neither the nodes' properties nor these arguments.
interface EditorNodes {
	filterNodes(filter: { type: string }): Array<{ id: string; name?: string; z: string }>;
	workspace(id: string): { label: string } | undefined;
	subflow(id: string): { name: string } | undefined;
}
