// Types of TypedInput that are ours: lists to choose a value from.
import { HARDWARE } from '../../core/index.ts';
import { runNodeList } from './runNode.mts';
import { t } from './texts.mts';
import { type EditedNode, valueOf } from './values.mts';

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
