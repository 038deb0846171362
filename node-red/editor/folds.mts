import { t } from './texts.mts';
import { defaultsIn, type EditedNode, textOf } from './values.mts';

type Prefix = 'node-input-' | 'node-config-input-';

/** What a field of the open dialog holds. */
interface Setting {
	/** "Timeout (s): 600"; empty if there is nothing to tell. */
	text: string;
	/** Whether a new node has the same. */
	usual: boolean;
	wrong: boolean;
}

/**
 * Prepares the folded sections of an open dialog: their headings tell in a line what is set in them, the
 * unusual first. One that holds something unusual or wrong is open from the start.
 */
export function prepareFolds(node: EditedNode, prefix: Prefix): void {
	const settingsIn = (fold: JQuery): Setting[] =>
		fold
			.find('.form-row')
			.toArray()
			.filter((row) => row.style.display !== 'none')
			.map((row) => settingOf($(row), node, prefix));

	for (const element of $('.runcomfy-fold').toArray()) {
		const fold = $(element);
		const line = fold.find('summary > span');
		const show = () => {
			const settings = settingsIn(fold);
			fold.toggle(settings.length > 0);
			settings.sort((one, other) => Number(one.usual) - Number(other.usual));
			const texts = settings.map(({ text }) => text).filter(Boolean);
			line.text(texts.join(' · ')).attr('title', texts.join('\n'));
		};
		show();
		fold.prop(
			'open',
			settingsIn(fold).some(({ usual, wrong }) => !usual || wrong) ||
				fold.find('.runcomfy-note-warning, .runcomfy-note-error').length > 0,
		);
		$('.runcomfy-form').on('change', show);
		// Node-RED translates the labels of an account when its dialog is prepared.
		setTimeout(show);
		// The list of inputs has more room, or less.
		fold.on('toggle', () => (RED as unknown as { tray: { resize(): void } }).tray.resize());
	}
}

function settingOf(row: JQuery, node: EditedNode, prefix: Prefix): Setting {
	const defaults = defaultsIn(node);
	const label = row.children('label');
	const input = $(`#${label.attr('for')}`);
	const name = textOf(label.attr('for')).slice(prefix.length);
	const { value: usual, validate } = defaults[name] ?? {};
	const title = label.text().trim();
	const isWrong = (given: unknown) => (validate?.call(node, given, {}) ?? true) !== true;
	if (input.is('[type=checkbox]')) {
		const ticked = input.prop('checked') === true;
		const isUsual = ticked === (usual === true);
		const text = ticked ? title : isUsual ? '' : `${title}: ${t('fold.off')}`;
		return { text, usual: isUsual, wrong: isWrong(ticked) };
	}
	const value = textOf(input.val());
	const type = textOf($(`#${prefix}${name}Type`).val());
	const isUsual = value === textOf(usual) && type === textOf(defaults[`${name}Type`]?.value);
	const shown = shownOf(input, value, type);
	return {
		text: shown || !isUsual ? `${title}: ${shown || '–'}` : '',
		usual: isUsual,
		wrong: isWrong(value),
	};
}

/** Node-RED names these sources before a value. */
const SOURCES = ['msg', 'flow', 'global', 'env'];

const LONGEST = 40;

function shownOf(input: JQuery, value: string, type: string): string {
	if (value === '') return '';
	if (input.is('[type=password]')) return '••••';
	if (input.is('select')) return input.children(':selected').text();
	const short = value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
	return SOURCES.includes(type) ? `${type}.${short}` : short;
}
