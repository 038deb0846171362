import { defaultsIn, type EditedNode, textOf } from './values.mts';

type Prefix = 'node-input-' | 'node-config-input-';

/**
 * Prepares the folded sections of an open dialog: one that holds something unusual or wrong is open from the
 * start, and one without a visible row is not there.
 */
export function prepareFolds(node: EditedNode, prefix: Prefix): void {
	for (const element of $('.runcomfy-fold').toArray()) {
		const fold = $(element);
		const rows = () =>
			fold
				.find('.form-row')
				.toArray()
				.filter((row) => row.style.display !== 'none');
		const show = () => fold.toggle(rows().length > 0);
		show();
		fold.prop(
			'open',
			rows().some((row) => isUnusual($(row), node, prefix)) ||
				fold.find('.runcomfy-note-warning, .runcomfy-note-error').length > 0,
		);
		$('.runcomfy-form').on('change', show);
		// The list of inputs has more room, or less.
		fold.on('toggle', () => (RED as unknown as { tray: { resize(): void } }).tray.resize());
	}
}

/** Whether the field of a row has another value than in a new node, or a wrong one. */
function isUnusual(row: JQuery, node: EditedNode, prefix: Prefix): boolean {
	const id = textOf(row.children('label').attr('for'));
	const name = id.slice(prefix.length);
	const defaults = defaultsIn(node);
	const { value: usual, validate } = defaults[name] ?? {};
	const input = $(`#${id}`);
	const isBox = input.is('[type=checkbox]');
	const value = isBox ? input.prop('checked') === true : textOf(input.val());
	const type = textOf($(`#${id}Type`).val());
	const isUsual =
		value === (isBox ? usual === true : textOf(usual)) &&
		type === textOf(defaults[`${name}Type`]?.value);
	return !isUsual || (validate?.call(node, value, {}) ?? true) !== true;
}
