import { HARDWARE } from '../../core/index.ts';
import { t } from './texts.mts';

/** A type of TypedInput that offers the machines that RunComfy is known to have, and the present one. */
export function hardware(): object {
	const chosen = String($('#node-input-hardware').val() ?? '');
	const known = HARDWARE.map(({ sku, gpus, vramGb }) => ({
		value: sku,
		label: `${gpus.join(' / ')} · ${vramGb} GB`,
	}));
	// A machine that RunComfy offers by now: without an option of its own the dialog would drop it.
	const isOther =
		$('#node-input-hardwareType').val() === 'sku' &&
		!['', ...known.map(({ value }) => value)].includes(chosen);
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
