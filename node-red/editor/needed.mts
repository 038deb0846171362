import type { DialogInput } from '../contract/dialog.cts';
import { t } from './texts.mts';

/**
 * A line that names the inputs which a model needs and no row sets, each a button that adds its row.
 * @returns shows them
 */
export function neededInputs(
	place: JQuery,
	add: (input: DialogInput) => void,
): (missing: readonly DialogInput[]) => void {
	const line = $('<div>', { class: 'runcomfy-note runcomfy-needed', role: 'status' });
	line.insertAfter(place);
	return (missing) => {
		line.text(t('rows.needed')).toggle(missing.length > 0);
		for (const input of missing) {
			$('<button>', { type: 'button', class: 'red-ui-button red-ui-button-small' })
				.text(input.label)
				.on('click', () => add(input))
				.appendTo(line);
		}
	};
}
