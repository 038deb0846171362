import type { KnownInputs } from './inputs.mts';
import { setNote } from './note.mts';
import { t } from './texts.mts';

/** What the partner nodes of the workflow cost, and whether the account can pay, below the choice of mode. */
export function partnerNote(): (known: KnownInputs) => void {
	const note = $('<div>').insertAfter('#node-input-inputMode');
	setNote(note, 'plain', '');
	return (known) => {
		const partner = known.state === 'found' ? known.partner : undefined;
		if (!partner) return setNote(note, 'plain', '');
		const { nodes, price, keyed } = partner;
		const names = nodes.join(', ');
		const cost = price ? t('partner.price', { names, price }) : t('partner.unpriced', { names });
		if (keyed === false) return setNote(note, 'warning', `${cost} ${t('partner.noKey')}`);
		setNote(note, 'plain', cost);
	};
}
