// Types of TypedInput that are ours: lists to choose a value from.
import { HARDWARE } from '../../core/index.ts';
import { t } from './texts.mts';
import { type EditedNode, valueOf } from './values.mts';

/** The run nodes that a cancel node reaches by their ids: those of all tabs, and of its own subflow. */
export function runNodes({ z }: EditedNode): Labelled[] {
	const { filterNodes, subflow } = RED.nodes as unknown as EditorNodes;
	return filterNodes({ type: 'runcomfy-run' }).filter((run) => run.z === z || !subflow(run.z));
}

/** Named as in the editor. */
function runNodeList(cancel: EditedNode): object {
	const { workspace, subflow } = RED.nodes as unknown as EditorNodes;
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

/** The machines that RunComfy is known to have, and the one that the node has now. */
function hardware(): object {
	const chosen = valueOf('hardware');
	const known = HARDWARE.map(({ sku, gpus, vramGb }) => ({
		value: sku,
		label: `${gpus.join(' / ')} · ${vramGb} GB`,
	}));
	// RunComfy may offer others by now: without an option of its own the dialog would drop it.
	const isOther =
		valueOf('hardwareType') === 'sku' && !['', ...known.map(({ value }) => value)].includes(chosen);
	return {
		value: 'sku',
		label: 'GPU',
		icon: 'fa fa-microchip',
		options: [
			{ value: '', label: t('placeholder.asItIs') },
			...known,
			...(isOther ? [{ value: chosen, label: chosen }] : []),
		],
	};
}

/** By the name that `contract/sources` gives them. */
export const OWN_TYPES: Readonly<Record<string, (node: EditedNode) => object>> = {
	run: runNodeList,
	sku: hardware,
};

type Labelled = Parameters<typeof RED.utils.getNodeLabel>[0];

// The published types know neither the nodes' properties nor these arguments.
interface EditorNodes {
	filterNodes(filter: { type: string }): Labelled[];
	workspace(id: string): { label: string } | undefined;
	subflow(id: string): { name: string } | undefined;
}
