export interface Entry {
	value: string;
	label: string;
	/** Small text beside the label, included in the search. */
	detail?: string;
	/** Tooltip of the entry, included in the search. */
	tooltip?: string;
	dimmed?: boolean;
}

export interface ComboboxOptions {
	entries: () => readonly Entry[];
	onPick: (entry: Entry) => void;
	/** Explains an empty list. */
	emptyText: () => string;
	moreText: (count: number) => string;
	/** RunComfy has already searched, so the list shows all entries unfiltered. */
	searched?: boolean;
	/** Called when a click or an arrow key opens the list. */
	opened?: () => void;
}

/** Entries drawn at most: nobody scrolls further, and drawing thousands is slow. */
const MOST_SHOWN = 80;

let count = 0;

/**
 * A text field with a list that narrows as you type, following the "combobox" pattern of WAI-ARIA for mouse and
 * keyboard. The list closes when the field loses focus.
 */
export class Combobox {
	private readonly id = `runcomfy-list-${(count += 1)}`;
	private list: JQuery | undefined;
	private shown: Entry[] = [];
	private active = -1;
	/** The first entry was activated automatically, so that pressing Enter picks it. */
	private suggested = false;
	private textBefore = '';

	constructor(
		private readonly input: JQuery,
		private readonly options: ComboboxOptions,
	) {
		input
			.attr({
				role: 'combobox',
				autocomplete: 'off',
				spellcheck: 'false',
				'aria-autocomplete': 'list',
				'aria-expanded': 'false',
			})
			.on('focus', () => {
				this.textBefore = String(input.val());
			})
			.on('click', () => {
				if (!this.list) this.openAll();
			})
			.on('input', () => this.open(String(input.val())))
			.on('blur', () => this.close())
			.on('keydown', (event) => {
				const wasOpen = this.list !== undefined;
				if (!this.handleKey(event.key)) return;
				event.preventDefault();
				// Otherwise Escape would close the dialog, and Enter could press its button.
				if (wasOpen || event.key.startsWith('Arrow')) event.stopPropagation();
			});
	}

	/** Call this when the entries have changed. */
	redraw(): void {
		if (this.list) this.draw(this.list, String(this.input.val()));
	}

	private openAll(): void {
		this.open();
		this.options.opened?.();
	}

	private open(filter = ''): void {
		this.list ??= this.addList();
		this.draw(this.list, filter);
	}

	private addList(): JQuery {
		const style = this.options.searched ? 'runcomfy-list runcomfy-list-long' : 'runcomfy-list';
		const list = $('<ul>', { id: this.id, role: 'listbox', class: style }).appendTo('body');
		list.on('mousedown', (event) => {
			// Keeps the focus in the field.
			event.preventDefault();
			const item = $(event.target).closest('[role=option]');
			if (item.length > 0) this.pick(this.shown[item.index()]);
		});
		this.input.attr({ 'aria-expanded': 'true', 'aria-controls': this.id });
		window.addEventListener('scroll', this.follow, true);
		return list;
	}

	private readonly follow = () => this.list && align(this.list, this.input);

	private close(): void {
		this.list?.remove();
		this.list = undefined;
		window.removeEventListener('scroll', this.follow, true);
		this.input.attr('aria-expanded', 'false').removeAttr('aria-activedescendant aria-controls');
	}

	private draw(list: JQuery, filter: string): void {
		if (!this.input.get(0)?.isConnected) return this.close();
		const { entries, emptyText, moreText, searched } = this.options;
		const found = searched ? entries() : matching(entries(), filter);
		this.shown = found.slice(0, MOST_SHOWN);
		list.empty().append(this.shown.map((entry, index) => drawEntry(entry, `${this.id}-${index}`)));
		const rest = found.length - this.shown.length;
		const remark = found.length === 0 ? emptyText() : rest > 0 ? moreText(rest) : '';
		if (remark) list.append($('<li>', { class: 'runcomfy-list-remark', text: remark }));
		align(list, this.input);
		this.setActive(filter && found.length > 0 ? 0 : -1);
		this.suggested = this.active === 0;
	}

	/** Returns whether the list handled the key. */
	private handleKey(key: string): boolean {
		if (key === 'ArrowDown' || key === 'ArrowUp') {
			this.step(key === 'ArrowDown' ? 1 : -1);
			return true;
		}
		if (key === 'Tab') this.close();
		if (!this.list) return false;
		if (key === 'Enter' && this.active >= 0) {
			this.pick(this.shown[this.active]);
			return true;
		}
		if (key !== 'Escape') return false;
		this.input.val(this.textBefore);
		this.close();
		return true;
	}

	private step(by: number): void {
		if (!this.list) return this.openAll();
		const last = this.shown.length - 1;
		const next = this.suggested && by > 0 ? 0 : this.active + by;
		this.suggested = false;
		this.setActive(next > last ? 0 : next < 0 ? last : next);
	}

	private setActive(index: number): void {
		this.active = index;
		const items = this.list?.children('[role=option]').removeAttr('aria-selected');
		const item = items?.eq(index);
		if (index < 0 || !item?.length) return void this.input.removeAttr('aria-activedescendant');
		item.attr('aria-selected', 'true').get(0)?.scrollIntoView({ block: 'nearest' });
		this.input.attr('aria-activedescendant', `${this.id}-${index}`);
	}

	private pick(entry: Entry | undefined): void {
		this.close();
		if (entry) this.options.onPick(entry);
	}
}

/**
 * Finds entries that contain every word of `filter`, best first: exact name, name that begins with the filter, all
 * words in the name, all words anywhere.
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

/** Shows the list below the field, or above if there is more room. */
function align(list: JQuery, input: JQuery): void {
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
