export interface Entry {
	value: string;
	label: string;
	/** Shown smaller, and searched, too. */
	detail?: string;
	/** Shown while the mouse rests on it, and searched, too. */
	tooltip?: string;
	dimmed?: boolean;
}

export interface ComboboxOptions {
	input: JQuery;
	entries: () => readonly Entry[];
	onPick: (entry: Entry) => void;
	/** Shown instead of entries: why there are none. */
	emptyText: () => string;
	moreText: (count: number) => string;
	/** Whether the entries are those for what is typed already. */
	searched?: boolean;
}

/** Entries that are drawn at once: more nobody reads, and thousands would be slow. */
const MOST_SHOWN = 80;

let count = 0;

/**
 * A text field with a list below it that typing narrows: the pattern "combobox" of WAI-ARIA, by
 * mouse and by keyboard. The list ends with the field.
 */
export function combobox(options: ComboboxOptions): { redraw: () => void } {
	const { input, entries, onPick, emptyText, moreText, searched = false } = options;
	const id = `runcomfy-list-${(count += 1)}`;
	let list: JQuery | undefined;
	let shown: Entry[] = [];
	let active = -1;
	let textBefore = '';
	input.attr({
		role: 'combobox',
		autocomplete: 'off',
		spellcheck: 'false',
		'aria-autocomplete': 'list',
		'aria-expanded': 'false',
	});

	const follow = () => list && place(list, input);
	const close = () => {
		list?.remove();
		list = undefined;
		window.removeEventListener('scroll', follow, true);
		input.attr('aria-expanded', 'false').removeAttr('aria-activedescendant aria-controls');
	};

	const setActive = (index: number) => {
		active = index;
		const items = list?.children('[role=option]').removeAttr('aria-selected');
		const item = items?.eq(index);
		if (index < 0 || !item?.length) return void input.removeAttr('aria-activedescendant');
		item.attr('aria-selected', 'true').get(0)?.scrollIntoView({ block: 'nearest' });
		input.attr('aria-activedescendant', `${id}-${index}`);
	};

	const pick = (entry: Entry | undefined) => {
		close();
		if (entry) onPick(entry);
	};

	const draw = (filter: string) => {
		if (!list || !input.get(0)?.isConnected) return close();
		const found = searched ? entries() : matching(entries(), filter);
		shown = found.slice(0, MOST_SHOWN);
		list.empty().append(shown.map((entry, index) => drawEntry(entry, `${id}-${index}`)));
		const rest = found.length - shown.length;
		const remark = found.length === 0 ? emptyText() : rest > 0 ? moreText(rest) : '';
		if (remark) list.append($('<li>', { class: 'runcomfy-list-remark', text: remark }));
		place(list, input);
		setActive(filter && shown.length > 0 ? 0 : -1);
	};

	const open = (filter = '') => {
		if (!list) {
			const look = searched ? 'runcomfy-list runcomfy-list-long' : 'runcomfy-list';
			list = $('<ul>', { id, role: 'listbox', class: look }).appendTo('body');
			list.on('mousedown', (event) => {
				// The field keeps the focus.
				event.preventDefault();
				const item = $(event.target).closest('[role=option]');
				if (item.length > 0) pick(shown[item.index()]);
			});
			input.attr({ 'aria-expanded': 'true', 'aria-controls': id });
			window.addEventListener('scroll', follow, true);
		}
		draw(filter);
	};

	const step = (by: number) => {
		if (!list) return open();
		const last = shown.length - 1;
		const next = active + by;
		setActive(next > last ? 0 : next < 0 ? last : next);
	};

	const keys: Record<string, () => boolean | void> = {
		ArrowDown: () => step(1),
		ArrowUp: () => step(-1),
		Enter: () => (list && active >= 0 ? pick(shown[active]) : false),
		Escape: () => (list ? (input.val(textBefore), close()) : false),
		Tab: () => (close(), false),
	};

	input
		.on('focus', () => {
			textBefore = String(input.val());
		})
		.on('click', () => (list ? undefined : open()))
		.on('input', () => open(String(input.val())))
		.on('blur', close)
		.on('keydown', (event) => {
			const handled = keys[event.key];
			if (!handled) return;
			const wasOpen = list !== undefined;
			if (handled() === false) return;
			event.preventDefault();
			// Escape would else close the dialog, Enter might press its button.
			if (wasOpen || event.key.startsWith('Arrow')) event.stopPropagation();
		});
	return { redraw: () => list && draw(String(input.val())) };
}

/**
 * The entries with all words of `filter`: first the one of that name, then those that begin with it, then
 * those that have the words in their name.
 */
export function matching(entries: readonly Entry[], filter: string): Entry[] {
	const wanted = filter.trim().toLowerCase();
	const words = wanted.split(/\s+/).filter(Boolean);
	const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
	const rank = ({ label }: Entry) => {
		const name = label.toLowerCase();
		return [name === wanted, name.startsWith(wanted), has(name), true].indexOf(true);
	};
	return entries
		.filter(({ label, detail = '', tooltip = '', value }) =>
			has([label, detail, tooltip, value].join('\n')),
		)
		.sort((a, b) => rank(a) - rank(b));
}

function drawEntry({ label, detail, tooltip, dimmed }: Entry, id: string): JQuery {
	return $('<li>', { id, role: 'option', class: dimmed ? 'runcomfy-list-dimmed' : '' }).append(
		$('<span>', { text: label, title: tooltip ? `${label}\n${tooltip}` : label }),
		detail ? $('<small>', { text: detail, title: detail }) : '',
	);
}

/** Below the field, or above it where there is more room. */
function place(list: JQuery, input: JQuery): void {
	const field = (input.closest('.red-ui-typedInput-container').get(0) ?? input.get(0)) as Element;
	const { left, top, bottom, width } = field.getBoundingClientRect();
	const below = window.innerHeight - bottom - 10;
	const up = below < 160 && top > below;
	list.css({
		left,
		width,
		maxHeight: Math.min(320, up ? top - 10 : below),
		...(up ? { top: 'auto', bottom: window.innerHeight - top } : { top: bottom, bottom: 'auto' }),
	});
}
