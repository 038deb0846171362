import type { DialogInput, Row } from '../contract/dialog.cts';
import { checkRow } from './check.mts';
import { combobox, type Entry } from './combobox.mts';
import { type EditedNode, nameParts, onChange, valueOf } from './form.mts';
import { type KnownInputs, partnerNote, watchInputs } from './inputs.mts';
import { isDirect, isOfKind, keptSpec, newRow, typesOf } from './row.mts';
import { type NoteKind, setNote, setRefusal, t } from './texts.mts';

/** Pixels: three rows, and room to see that there may be more. */
const LEAST_HEIGHT = 400;
const PANE_PADDING = 12;

export function rowList(node: EditedNode) {
	const list = $('#runcomfy-rows');
	const note = $('<div>').insertAfter(list);
	const showNeeded = neededInputs(note, (input) => {
		list.editableList('addItem', { row: newRow(input) });
		items().at(-1)?.focus?.();
	});
	const items = (): Item[] =>
		list
			.editableList('items')
			.toArray()
			.map((element) => $(element as unknown as HTMLElement).data('data') as Item);
	const showPartner = partnerNote();
	const source = watchInputs(() => {
		// The answer may come when the dialog has been closed.
		if (!list.get(0)?.isConnected) return;
		followLora(source.known(), shown().length === 0);
		tellState();
		showPartner(source.known());
		for (const item of items()) item.draw?.();
	});
	const findInput = (row: Partial<Row>) => {
		const known = source.known();
		return known.state === 'found' ? known.inputs.find((input) => isRowOf(input, row)) : undefined;
	};

	const tellState = () => {
		const known = source.known();
		const inputs = known.state === 'found' ? known.inputs : [];
		const isSet = (input: DialogInput) => items().some(({ row }) => isRowOf(input, row));
		showNeeded(inputs.filter((input) => input.required && !isSet(input)));
		const gone = items().filter(({ row }) => row.input && !findInput(row)).length;
		if (direct && isFree(known) && known.state !== 'failed') {
			return setNote(note, ...freeState(known));
		}
		if (known.state !== 'found' || gone === 0) return showState(note, known, direct);
		setNote(note, 'warning', t('rows.gone', { n: String(gone) }));
	};

	let most = LEAST_HEIGHT;
	const fit = () => {
		const pane = list.closest('.red-ui-editableList-container');
		// What Node-RED calls the height of a list is with its buttons.
		const buttons = Number(list.closest('.red-ui-editableList').height()) - Number(pane.height());
		const wanted = Number(list.outerHeight(true)) + PANE_PADDING + buttons;
		list.editableList('height', Math.max(60, Math.min(wanted, most)));
	};

	list.editableList({
		addButton: t('rows.add'),
		sortable: true,
		removable: true,
		// The list begins at its first row; a new one gets the focus, and comes into view by that.
		scrollOnAdd: false,
		height: LEAST_HEIGHT,
		addItem(container: JQuery, _index: number, data: Item) {
			const item = data.row ? data : Object.assign(data, { row: {} });
			drawItem(container, item, {
				findInput,
				entries: () => entriesFor(source.known(), item, items()),
				emptyText: () => emptyText(source.known()),
				isFree: () => direct === true && isFree(source.known()),
				changed() {
					tellState();
					fit();
				},
			});
			fit();
		},
		removeItem() {
			tellState();
			fit();
		},
	} as never);
	list.closest('.red-ui-editableList').attr('aria-label', t('label.rows'));

	const shown = () =>
		items()
			.map((item) => item.read?.() ?? item.row)
			.filter((row): row is Row => Boolean(row.input && row.type));
	/** Rows of the kind that the node does not run now. */
	let aside = Array.isArray(node['rows']) ? (node['rows'] as Row[]) : [];
	let direct: boolean | undefined;
	const showKind = () => {
		const next = isDirect(valueOf('target'), valueOf('inputMode'));
		if (next === direct) return;
		const all = [...shown(), ...aside];
		direct = next;
		list.editableList('empty');
		aside = all.filter((row) => !isOfKind(next)(row));
		for (const row of all.filter(isOfKind(next))) {
			list.editableList('addItem', { row: { ...row } });
		}
		tellState();
	};
	onChange('target', showKind);
	onChange('inputMode', showKind);
	return {
		/** The rows as they stand; those whose input was never chosen are left out. */
		read: () => [...shown(), ...aside],
		resize(height: number) {
			most = Math.max(LEAST_HEIGHT, height);
			fit();
		},
		start: source.reload,
	};
}

/**
 * A line that names the inputs which a model needs and no row sets, each a button that adds its row.
 * @returns shows them
 */
function neededInputs(
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

/** Changes to direct inputs where nothing else can run, or nothing else is filled in. */
function followLora(known: KnownInputs, isEmpty: boolean): void {
	const lora = known.state === 'found' ? known.lora : undefined;
	const mode = valueOf('inputMode');
	const wanted = lora === 'certain' || (lora === 'possible' && mode === 'rows' && isEmpty);
	if (wanted && mode !== 'direct') $('#node-input-inputMode').val('direct').trigger('change');
}

/** Whether nobody can tell which inputs there are, so that any name is taken. */
function isFree(known: KnownInputs): boolean {
	return known.state !== 'found' || known.inputs.length === 0;
}

function freeState(known: KnownInputs): [NoteKind, string] {
	const { state } = known;
	if (state === 'loading') return ['busy', t('rows.loading')];
	if (state === 'found' && known.lora === 'possible') return ['plain', t('rows.maybeLora')];
	if (valueOf('target') !== 'model' || state === 'found') return ['plain', t('rows.free')];
	return ['plain', t(state === 'unchosen' ? 'rows.unchosenModel' : 'rows.freeModel')];
}

function showState(note: JQuery, known: KnownInputs, direct: boolean | undefined): void {
	if (known.state === 'failed') return setRefusal(note, known.refusal);
	if (known.state === 'loading') return setNote(note, 'busy', t('rows.loading'));
	if (known.state !== 'found') return setNote(note, 'plain', t(`rows.${known.state}`));
	if (known.lora) {
		return setNote(note, 'warning', t(known.lora === 'certain' ? 'rows.lora' : 'rows.maybeLora'));
	}
	if (direct && known.from !== 'model') return setNote(note, 'warning', t('rows.notLora'));
	const n = String(known.inputs.length);
	const text = ['deployment', 'model'].includes(known.from) ? '' : t(`rows.${known.from}`, { n });
	setNote(note, 'plain', text);
}

function emptyText(known: KnownInputs): string {
	if (known.state === 'failed') return known.refusal.message;
	if (known.state === 'found') return t(known.inputs.length > 0 ? 'list.noMatch' : 'rows.none');
	return t(`rows.${known.state}`);
}

/** The inputs to choose from; those that another row sets are dimmed. */
function entriesFor(known: KnownInputs, own: Item, items: Item[]): Entry[] {
	if (known.state !== 'found') return [];
	const taken = new Set(items.filter((item) => item !== own).map(({ row }) => keyOf(row)));
	return known.inputs.map((input) => ({
		value: keyOf(input),
		label: input.label,
		detail: input.saved ?? '',
		tooltip: [input.path, input.spec.tooltip].filter(Boolean).join('\n'),
		dimmed: taken.has(keyOf(input)),
	}));
}

function keyOf({ nodeId = '', input = '' }: Partial<Row>): string {
	return JSON.stringify([nodeId, input]);
}

/** One row of the list, with what it is drawn and read by. */
interface Item {
	row: Partial<Row>;
	draw?: () => void;
	read?: () => Partial<Row>;
	/** To type a value, in the place of the one that is there. */
	focus?: () => void;
}

interface Surroundings {
	findInput: (row: Partial<Row>) => DialogInput | undefined;
	entries: () => Entry[];
	emptyText: () => string;
	/** Whether an input may have any name. */
	isFree: () => boolean;
	changed: () => void;
}

/** Draws a row: the input, to be chosen from the list, and its value. */
function drawItem(container: JQuery, item: Item, around: Surroundings): void {
	const { findInput } = around;
	const name = $('<input>', {
		type: 'text',
		class: 'runcomfy-combobox',
		placeholder: t('rows.choose'),
		'aria-label': t('rows.choose'),
	});
	const holder = $('<div>', { class: 'runcomfy-row-value' });
	const note = $('<div>');
	const frame = $('<div>', { class: 'runcomfy-combobox-frame' });
	container.addClass('runcomfy-row').append(frame, holder, note);
	frame.append(name, $('<i>', { class: 'fa fa-caret-down' }));
	let value: JQuery | undefined;

	const showProblem = () => {
		const { row } = item;
		const found = findInput(row);
		const problem = value && checkRow(row as Row, found?.spec ?? row.spec);
		container.toggleClass('runcomfy-row-wrong', problem !== undefined);
		if (problem !== undefined) setNote(note, 'error', problem);
		else if (found) setNote(note, 'plain', remarkOn(found));
		else if (row.input && around.entries().length > 0) setNote(note, 'warning', t('row.gone'));
		else setNote(note, 'plain', '');
	};

	const drawName = () => {
		const { row } = item;
		const own = row.label ?? [row.nodeId, row.input].filter(Boolean).join(' → ');
		const label = findInput(row)?.label ?? own;
		name.val(label).attr('title', label);
		const remove = [RED._('common.label.delete'), label].filter(Boolean).join(': ');
		container.siblings('.red-ui-editableList-item-remove').attr('aria-label', remove);
	};

	const draw = () => {
		const { row } = item;
		const found = findInput(row);
		drawName();
		holder.empty();
		value = undefined;
		if (row.input) {
			if (found) Object.assign(row, { label: found.label, spec: keptSpec(found.spec) });
			// Kept with the node: where its dialog is closed nobody can ask.
			if (found) delete row.gone;
			else if (around.entries().length > 0) row.gone = true;
			value = $('<input>', { type: 'text', style: 'width:100%' }).appendTo(holder);
			const input = found ?? { spec: row.spec ?? { kind: 'other' }, seed: row.type === 'random' };
			const texts = {
				random: t('row.random'),
				choice: t('row.choices'),
				string: RED._('typedInput.type.str'),
				edit: editText,
			};
			const label = String(name.val());
			value.attr('placeholder', found?.spec.placeholder ?? '');
			value.typedInput({ types: typesOf(input, row, texts), default: row.type } as never);
			value.typedInput('value', row.value ?? '');
			nameParts(value, label);
			const field = value;
			field.on('change', () => {
				row.type = field.typedInput('type');
				row.value = field.typedInput('value');
				showProblem();
			});
		}
		showProblem();
		around.changed();
	};

	const focus = () => {
		const field = holder.find('input:visible, button:visible').last().trigger('focus');
		// What is typed next replaces the default.
		if (field.is('input')) field.trigger('select');
	};

	combobox({
		input: name,
		entries: around.entries,
		emptyText: around.emptyText,
		moreText: (n) => t('list.more', { n: String(n) }),
		onPick({ value: key }) {
			const [nodeId, input] = JSON.parse(key) as [string, string];
			const found = findInput({ nodeId, input });
			if (found && !isRowOf(found, item.row)) item.row = newRow(found);
			draw();
			focus();
		},
	});
	// What was typed and not chosen is no input, unless any is. The value's field may be getting the focus right now.
	name.on('change', () => {
		const typed = String(name.val()).trim();
		if (!around.isFree() || typed === '' || typed === item.row.input) return drawName();
		item.row = { type: 'str', value: '', ...item.row, nodeId: '', input: typed, label: typed };
		draw();
		holder.find('input:visible').last().trigger('focus');
	});
	name.on('focus', () => (name.get(0) as HTMLInputElement).select());
	Object.assign(item, { draw, focus, read: () => item.row });
	draw();
	if (!item.row.input) setTimeout(() => name.trigger('focus').trigger('click'), 60);
}

function editText(value: string, complete: (text: string) => void): void {
	// Not among the types of the editor's API.
	(RED.editor as unknown as { editText: (options: object) => void }).editText({ value, complete });
}

/** What a row says below its value: where the input is, what the workflow has there, and what it takes. */
function remarkOn({ nodeId, path, saved, spec }: DialogInput): string {
	const kind = nodeId === '' ? 'row.default' : 'row.saved';
	const { min, max, step, advanced, tooltip = '' } = spec;
	const short = saved && saved.length > 90 ? `${saved.slice(0, 89)}…` : saved;
	return [
		path,
		short === undefined || short === '' ? '' : t(kind, { value: short }),
		rangeOf(min, max),
		step === undefined || step === 1 ? '' : t('row.step', { n: String(step) }),
		advanced ? t('row.advanced') : '',
		tooltip,
	]
		.filter(Boolean)
		.join(' · ');
}

const LARGEST_OF_32_BITS = 2 ** 31 - 1;

/** Without a limit that says no more than how numbers are kept, such as 2^64 - 1. */
function rangeOf(min: number | undefined, max: number | undefined): string {
	const low = isShown(min) ? String(min) : '';
	const high = isShown(max) ? String(max) : '';
	if (low && high) return `${low} – ${high}`;
	return low ? `≥ ${low}` : high && `≤ ${high}`;
}

function isShown(limit: number | undefined): boolean {
	return limit !== undefined && Math.abs(limit) < LARGEST_OF_32_BITS;
}

function isRowOf({ nodeId, input }: Pick<Row, 'nodeId' | 'input'>, row: Partial<Row>): boolean {
	return row.nodeId === nodeId && row.input === input;
}
