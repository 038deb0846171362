import type { DialogInput, Row } from '../contract/dialog.cts';
import type { Entry } from './combobox.mts';
import { type KnownInputs, partnerNote, watchInputs } from './inputs.mts';
import { isDirect, isOfKind, isRowOf, newRow } from './row.mts';
import { drawItem, type Item } from './rowItem.mts';
import { type NoteKind, setNote, setRefusal, t } from './texts.mts';
import { type EditedNode, onChange, valueOf } from './values.mts';

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
		list.closest('.red-ui-editableList').find('button:has(.fa-file-code-o)').toggle(!next);
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
