import type { DialogInput, Row } from '../contract/dialog.cts';
import { type NoteKind, setNote, setRefusal, t } from './ask.mts';
import { checkRow } from './check.mts';
import { Combobox, type Entry } from './combobox.mts';
import { type EditedNode, nameParts, onChange, valueOf } from './form.mts';
import { InputSource, type KnownInputs, partnerNote } from './inputs.mts';
import {
	hasNoOwnValue,
	isDirect,
	isOfKind,
	isOfSeed,
	keptSpec,
	keyOf,
	mainInput,
	mainRow,
	neededRow,
	newRow,
	PAYLOAD,
	typesOf,
} from './row.mts';

/** Room for three rows, in pixels, so that you see that there may be more. */
const LEAST_HEIGHT = 400;
const PANE_PADDING = 12;

/** The list of inputs in the dialog of a node. Each item of the list has its `Item` in the data of its element. */
export class RowList {
	private readonly list = $('#runcomfy-rows');
	private readonly note = $('<div>').insertAfter(this.list);
	private readonly showPartner = partnerNote();
	private readonly source = new InputSource(() => this.follow());
	/** The rows of the kind that the node does not run now. */
	private aside: Row[];
	private direct: boolean | undefined;
	/** What ran when the dialog opened, or the newest choice for which the first row was added. */
	private begun = chosenTarget();
	private most = LEAST_HEIGHT;

	constructor(node: EditedNode) {
		this.aside = Array.isArray(node['rows']) ? (node['rows'] as Row[]) : [];
		this.list.editableList({
			addButton: t('rows.add'),
			sortable: true,
			removable: true,
			// The list shows its first row first. A new row comes into view when it gets the focus.
			scrollOnAdd: false,
			height: LEAST_HEIGHT,
			addItem: (container: JQuery, _index: number, item: Item) => this.draw(container, item),
			removeItem: () => this.showChange(),
		} as never);
		this.list.closest('.red-ui-editableList').attr('aria-label', t('label.rows'));
		onChange('target', () => this.showKind());
		onChange('inputMode', () => this.showKind());
	}

	/** The rows as they are now, without those whose input was never chosen. */
	read(): Row[] {
		return [...this.shown, ...this.aside];
	}

	resize(height: number): void {
		this.most = Math.max(LEAST_HEIGHT, height);
		this.fit();
	}

	private get items(): Item[] {
		return this.list
			.editableList('items')
			.toArray()
			.map((element) => $(element as unknown as HTMLElement).data('data') as Item);
	}

	private get shown(): Row[] {
		return this.items
			.map(({ row }) => row)
			.filter((row): row is Row => Boolean(row?.input && row.type));
	}

	private draw(container: JQuery, item: Item): void {
		item.row ??= {};
		item.drawn = new DrawnRow(container, item, {
			findInput: (row) => this.findInput(row),
			findKey: (key) => this.inputs.find((input) => keyOf(input) === key),
			entries: () => entriesFor(this.source.known, item, this.items),
			emptyText: () => emptyText(this.source.known),
			isPartial: () => isPartial(this.source.known),
			isFree: () => this.direct === true && isFree(this.source.known),
			changed: () => this.showChange(),
		});
		this.fit();
	}

	private get inputs(): readonly DialogInput[] {
		const { known } = this.source;
		return known.state === 'found' ? known.inputs : [];
	}

	private findInput(row: Partial<Row>): DialogInput | undefined {
		return this.inputs.find((input) => isRowOf(input, row)) ?? wholeOf(this.inputs, row);
	}

	/** Shows what is now known of the inputs. */
	private follow(): void {
		followLora(this.source.known, this.shown.length === 0);
		const first = this.addFirst();
		this.showPartner(this.source.known);
		for (const { drawn } of this.items) drawn?.draw();
		this.showChange();
		// The answer may come while the user fills in another field.
		if (first && isAtTarget()) first.drawn?.focus();
	}

	/** Adds the row of the prompt of what was just chosen, unless it already has rows. */
	private addFirst(): Item | undefined {
		const { known } = this.source;
		const chosen = chosenTarget();
		const isNew = known.state === 'found' && chosen !== this.begun;
		if (!isNew || valueOf('inputMode') === 'json') return undefined;
		this.begun = chosen;
		const main = mainInput(known.inputs);
		const rows = this.shown;
		const isOfAnother = (row: Row) => hasNoOwnValue(row) && !this.findInput(row);
		if (!main || !rows.every(isOfAnother)) return undefined;
		const seed = rows.some(({ type }) => type === 'random') && known.inputs.find(isOfSeed);
		this.list.editableList('empty');
		this.list.editableList('addItem', { row: mainRow(main) });
		if (seed) this.list.editableList('addItem', { row: newRow(seed) });
		return this.items[0];
	}

	private showChange(): void {
		this.addNeeded();
		this.showState();
		this.fit();
	}

	/** A model cannot run without some inputs: their rows are always there. */
	private addNeeded(): void {
		for (const input of this.unset) {
			if (input.required) this.list.editableList('addItem', { row: neededRow(input) });
		}
	}

	/** The known inputs that no row sets. */
	private get unset(): DialogInput[] {
		const rows = this.items.map(({ row = {} }) => row);
		return this.inputs.filter((input) => !rows.some((row) => isRowOf(input, row)));
	}

	private showState(): void {
		const { known } = this.source;
		const gone = this.shown.filter((row) => !this.findInput(row)).length;
		this.showSeeds();
		if (this.direct && isFree(known) && known.state !== 'failed') {
			return setNote(this.note, ...freeState(known));
		}
		if (isPartial(known)) return setNote(this.note, 'warning', t('rows.partial'));
		if (known.state !== 'found' || gone === 0) {
			return showState(this.note, known, { direct: this.direct, more: this.unset.length });
		}
		setNote(
			this.note,
			'warning',
			t(this.direct ? 'rows.goneModel' : 'rows.gone', { n: String(gone) }),
		);
	}

	/** New seeds for all that no row sets: without such a seed the box would do nothing. */
	private showSeeds(): void {
		const { known } = this.source;
		const byRows = valueOf('inputMode') !== 'json' && known.state === 'found' && !isFree(known);
		const row = $('#node-input-randomSeeds').closest('.form-row');
		row.toggle(!byRows || this.unset.some(isOfSeed));
	}

	private fit(): void {
		const pane = this.list.closest('.red-ui-editableList-container');
		// Node-RED counts the buttons into the height of a list.
		const whole = this.list.closest('.red-ui-editableList');
		const buttons = Number(whole.height()) - Number(pane.height());
		const wanted = Number(this.list.outerHeight(true)) + PANE_PADDING + buttons;
		this.list.editableList('height', Math.max(60, Math.min(wanted, this.most)));
	}

	/** Shows the rows of the kind that the node runs now, and keeps the others. */
	private showKind(): void {
		const direct = isDirect(valueOf('target'), valueOf('inputMode'));
		if (direct === this.direct) return;
		const all = this.read();
		this.direct = direct;
		this.list.editableList('empty');
		this.aside = all.filter((row) => !isOfKind(direct)(row));
		for (const row of all.filter(isOfKind(direct))) {
			this.list.editableList('addItem', { row: { ...row } });
		}
		this.showState();
		this.fit();
	}
}

/** What the node runs, as the dialog has it. */
function chosenTarget(): string {
	const names = valueOf('target') === 'model' ? ['modelId'] : ['deploymentId', 'workflow'];
	return JSON.stringify(names.map((name) => [name, valueOf(name)]));
}

/** Whether the focus is still where what runs is chosen. */
function isAtTarget(): boolean {
	const field = $(document.activeElement ?? document.body);
	const targets = '.form-row:has(#node-input-deploymentId, #node-input-modelId)';
	return field.is('body') || field.closest(targets).length > 0;
}

/** Changes to direct inputs if nothing else can run, or if nothing else is filled in. */
function followLora(known: KnownInputs, isEmpty: boolean): void {
	const lora = known.state === 'found' ? known.lora : undefined;
	const mode = valueOf('inputMode');
	const wanted = lora === 'certain' || (lora === 'possible' && mode === 'rows' && isEmpty);
	if (wanted && mode !== 'direct') $('#node-input-inputMode').val('direct').trigger('change');
}

/** Whether the inputs are not known, so that a row may have any name. */
function isFree(known: KnownInputs): boolean {
	return known.state !== 'found' || known.inputs.length === 0;
}

/** Whether the workflow may have an input that is not listed. */
function isPartial(known: KnownInputs): boolean {
	return known.state === 'found' && known.partial === true;
}

function freeState(known: KnownInputs): [NoteKind, string] {
	const { state } = known;
	if (state === 'loading') return ['busy', t('rows.loading')];
	if (state === 'found' && known.lora === 'possible') return ['plain', t('rows.maybeLora')];
	if (valueOf('target') !== 'model' || state === 'found') return ['plain', t('rows.free')];
	return ['plain', t(state === 'unchosen' ? 'rows.unchosenModel' : 'rows.freeModel')];
}

function showState(
	note: JQuery,
	known: KnownInputs,
	{ direct, more }: { direct: boolean | undefined; more: number },
): void {
	if (known.state === 'failed') return setRefusal(note, known.refusal);
	if (known.state === 'loading') return setNote(note, 'busy', t('rows.loading'));
	if (known.state !== 'found') return setNote(note, 'plain', t(`rows.${known.state}`));
	if (known.lora) {
		return setNote(note, 'warning', t(known.lora === 'certain' ? 'rows.lora' : 'rows.maybeLora'));
	}
	if (direct && known.from !== 'model') return setNote(note, 'warning', t('rows.notLora'));
	const n = String(known.inputs.length);
	if (known.from === 'field') return setNote(note, 'plain', t('rows.field', { n }));
	if (more === 0) return setNote(note, 'plain', '');
	setNote(note, 'plain', t(more === 1 ? 'rows.oneMore' : 'rows.more', { n: String(more) }));
}

function emptyText(known: KnownInputs): string {
	if (known.state === 'failed') return known.refusal.message;
	if (known.state === 'found') return t(known.inputs.length > 0 ? 'list.noMatch' : 'rows.none');
	return t(`rows.${known.state}`);
}

/** The inputs that a row can choose from. Those that another row sets are dimmed. */
function entriesFor(known: KnownInputs, own: Item, items: Item[]): Entry[] {
	if (known.state !== 'found') return [];
	const taken = new Set(items.filter((item) => item !== own).map(({ row = {} }) => keyOf(row)));
	return known.inputs.map((input) => ({
		value: keyOf(input),
		label: input.label,
		detail: input.saved ?? '',
		tooltip: [input.path, input.spec.tooltip].filter(Boolean).join('\n'),
		dimmed: taken.has(keyOf(input)),
	}));
}

/** An item of the list: Node-RED makes it, without a row if the user has pressed its button. */
interface Item {
	row?: Partial<Row>;
	drawn?: DrawnRow;
}

interface Surroundings {
	findInput: (row: Partial<Row>) => DialogInput | undefined;
	findKey: (key: string) => DialogInput | undefined;
	entries: () => Entry[];
	emptyText: () => string;
	isPartial: () => boolean;
	/** Whether an input may have any name. */
	isFree: () => boolean;
	changed: () => void;
}

/** A row as the list shows it: the input, which you choose from a list, and its value. */
class DrawnRow {
	private readonly name = $('<input>', {
		type: 'text',
		class: 'runcomfy-combobox',
		placeholder: t('rows.choose'),
		'aria-label': t('rows.choose'),
	});
	private readonly holder = $('<div>', { class: 'runcomfy-row-value' });
	private readonly note = $('<div>');
	private hasValue = false;

	constructor(
		private readonly container: JQuery,
		private readonly item: Item,
		private readonly around: Surroundings,
	) {
		const frame = $('<div>', { class: 'runcomfy-combobox-frame' });
		frame.append(this.name, $('<i>', { class: 'fa fa-caret-down' }));
		container.addClass('runcomfy-row').append(frame, this.holder, this.note);
		new Combobox(this.name, {
			entries: around.entries,
			emptyText: around.emptyText,
			moreText: (n) => t('list.more', { n: String(n) }),
			onPick: ({ value }) => this.pick(value),
		});
		this.name.on('change', () => this.takeTyped());
		this.name.on('focus', () => this.name.trigger('select'));
		this.draw();
		if (!this.row.input) setTimeout(() => this.name.trigger('focus').trigger('click'), 60);
	}

	private get row(): Partial<Row> {
		return this.item.row ?? {};
	}

	/** Draws the row again: what is known of its input may have changed. */
	draw(): void {
		const { row, around } = this;
		const found = around.findInput(row);
		this.drawName();
		this.holder.empty();
		this.hasValue = Boolean(row.input);
		if (this.hasValue) {
			if (found) Object.assign(row, { label: found.label, spec: keptSpec(found.spec) });
			if (found?.required) row.required = true;
			else if (found) delete row.required;
			// The node stores it, for checks while its dialog is closed.
			if (found) delete row.gone;
			else if (around.entries().length > 0) row.gone = true;
			this.drawValue(found);
		}
		this.showProblem();
		around.changed();
	}

	/** Lets the user type the value. */
	focus(): void {
		const field = this.holder.find('input:visible').last();
		// What is typed next replaces the default. A value that you do not type has only buttons.
		if (field.length > 0) field.trigger('focus').trigger('select');
		else this.holder.find('button:visible').last().trigger('focus');
	}

	private drawName(): void {
		const { row, name, container } = this;
		const own = row.label ?? [row.nodeId, row.input].filter(Boolean).join(' → ');
		const label = this.around.findInput(row)?.label ?? own;
		name.val(label).attr('title', label);
		const remove = [RED._('common.label.delete'), label].filter(Boolean).join(': ');
		container
			.siblings('.red-ui-editableList-item-remove')
			.attr('aria-label', remove)
			.toggle(row.required !== true);
	}

	private drawValue(found: DialogInput | undefined): void {
		const { row } = this;
		const field = $('<input>', { type: 'text', style: 'width:100%' }).appendTo(this.holder);
		const input = found ?? { spec: row.spec ?? { kind: 'other' }, seed: row.type === 'random' };
		const texts = {
			random: t('row.random'),
			choice: t('row.choices'),
			string: RED._('typedInput.type.str'),
			edit: editText,
		};
		field.attr('placeholder', found?.spec.placeholder ?? '');
		field.typedInput({ types: typesOf(input, row, texts), default: row.type } as never);
		field.typedInput('value', row.value ?? '');
		nameParts(field, String(this.name.val()));
		field.on('change', () => {
			const type = field.typedInput('type');
			const isFromMessage = type === 'msg' && row.type !== 'msg';
			row.type = type;
			if (isFromMessage) field.typedInput('value', PAYLOAD.value);
			row.value = field.typedInput('value');
			this.showProblem();
		});
	}

	private showProblem(): void {
		const { row, around, note } = this;
		const found = around.findInput(row);
		const problem = this.hasValue ? checkRow(row as Row, found?.spec ?? row.spec) : undefined;
		this.container.toggleClass('runcomfy-row-wrong', problem !== undefined);
		if (problem !== undefined) return setNote(note, 'error', problem);
		if (found) return setNote(note, 'plain', remarkOn(found));
		const isUnknown = around.entries().length === 0 || around.isPartial();
		if (!row.input || isUnknown) return setNote(note, 'plain', '');
		setNote(note, 'warning', t(row.nodeId ? 'row.gone' : 'row.goneModel'));
	}

	private pick(key: string): void {
		const found = this.around.findKey(key);
		if (found && !isRowOf(found, this.row)) this.item.row = newRow(found);
		this.draw();
		this.focus();
	}

	/** Takes a name that was typed and not chosen, if an input may have any name. */
	private takeTyped(): void {
		const typed = String(this.name.val()).trim();
		const isNew = this.around.isFree() && typed !== '' && typed !== this.row.input;
		// If nothing has changed, only the name is drawn again: the focus may be on its way to the value.
		if (!isNew) return this.drawName();
		this.item.row = { type: 'str', value: '', ...this.row, nodeId: '', input: typed, label: typed };
		this.draw();
		this.holder.find('input:visible').last().trigger('focus');
	}
}

function editText(value: string, complete: (text: string) => void): void {
	// The published types do not know it.
	(RED.editor as unknown as { editText: (options: object) => void }).editText({ value, complete });
}

/** The note below a value: where the input is, what the workflow has there, and what the input takes. */
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

/** Writes the range of an input, without a limit that only says how a number is stored, such as 2^64 - 1. */
function rangeOf(min: number | undefined, max: number | undefined): string {
	const low = isShown(min) ? String(min) : '';
	const high = isShown(max) ? String(max) : '';
	if (low && high) return `${low} – ${high}`;
	return low ? `≥ ${low}` : high && `≤ ${high}`;
}

function isShown(limit: number | undefined): boolean {
	return limit !== undefined && Math.abs(limit) < LARGEST_OF_32_BITS;
}

function isRowOf(input: DialogInput, row: Partial<Row>): boolean {
	return keyOf(input) === keyOf(row);
}

/** A prompt of several inputs that are still there, but are no longer one in the workflow. */
function wholeOf(inputs: readonly DialogInput[], row: Partial<Row>): DialogInput | undefined {
	const { nodeId = '', input = '', also, label } = row;
	if (!also) return undefined;
	const parts = [{ nodeId, input }, ...also].map((part) =>
		inputs.find((one) => isRowOf(one, part)),
	);
	const [first] = parts;
	return first && parts.every(Boolean)
		? { ...first, also, label: label ?? first.label }
		: undefined;
}
