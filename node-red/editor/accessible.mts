/**
 * Names the parts of a TypedInput after their field, for those who hear the dialog: Node-RED's label
 * belongs to the input that it hides, and its buttons tell only what is chosen.
 */
export function nameParts(field: JQuery, name: string): void {
	const parts = field.nextAll('.red-ui-typedInput-container').first();
	const show = () => {
		parts.find('.red-ui-typedInput-input').attr('aria-label', name);
		for (const element of parts.children('button').toArray()) {
			const button = $(element);
			const chosen = button.text().trim() || button.attr('title') || RED._('editor.configEdit');
			button.attr('aria-label', `${name}: ${chosen}`);
		}
	};
	// A change of the type is one, too.
	field.on('change', show);
	show();
}

/** Keeps the icons before a name, letters of a font of their own, from being read out with it. */
export function hideIcons(): void {
	$('.runcomfy-form .fa').attr('aria-hidden', 'true');
}
