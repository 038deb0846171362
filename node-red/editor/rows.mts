import type { DialogInput, Row } from '../contract/dialog.ts';
import { setNote, setRefusal, t } from './ask.mts';
import { checkRow } from './check.mts';
import { Combobox, type Entry } from './combobox.mts';
import { type EditedNode, fieldValue, nameParts } from './form.mts';
import { InputSource, type KnownInputs, partnerNote } from './inputs.mts';
import {
	hasNoOwnValue,
	isOfSeed,
	keptSpec,
	mainInput,
	mainRow,
	neededRow,
	newRow,
	PAYLOAD,
	rowKey,
	typedInputTypes,
} from './row.mts';
import { chosenKind } from './targets.mts';

/** Height of three rows, in pixels, so that users see that the list can hold more. */
const LEAST_HEIGHT = 400;
const PANE_PADDING = 12;

/** The list of inputs in a node's dialog. Each list element stores its `Item` in its jQuery data. */
export class RowList {
	private readonly list = $('#runcomfy-rows');
	private readonly note = $('<div>').insertAfter(this.list);
	private readonly showPartner = partnerNote();
	private readonly source = new InputSource(() => this.follow());
	/** The target when the dialog opened, or the last target for which the first row was added. */
	private begun = chosenTarget();
	private most = LEAST_HEIGHT;

	constructor(node: EditedNode) {
		this.list.editableList({
			addButton: t('rows.add'),
			removable: true,
			// Otherwise the list would not start at its first row. A new row scrolls into view when it gets the focus.
			scrollOnAdd: false,
			height: LEAST_HEIGHT,
			addItem: (container: JQuery, _index: number, item: Item) => this.draw(container, item),
			removeItem: () => this.showChange(),
		} as never);
		this.list.closest('.red-ui-editableList').attr('aria-label', t('label.rows'));
		const { rows } = node;
		for (const row of Array.isArray(rows) ? (rows as Row[]) : []) {
			this.list.editableList('addItem', { row: { ...row } });
		}
		void this.source.load();
	}

	/** The current rows, without those for which no input was ever chosen. */
	read(): Row[] {
		return this.shown;
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
			findKey: (key) => this.inputs.find((input) => rowKey(input) === key),
			entries: () => entriesFor(this.source.known, item, this.items),
			emptyText: () => emptyText(this.source.known),
			lacks: (row) => lacks(this.source.known, row, this.findInput(row)),
			isFree: () => isFree(this.source.known),
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

	/** Updates the list when more is known about the inputs. */
	private follow(): void {
		const first = this.addFirst();
		this.showPartner(this.source.known);
		for (const { drawn } of this.items) drawn?.draw();
		this.showChange();
		// The answer may arrive while the user fills in another field, which must keep the focus.
		if (first && isAtTarget()) first.drawn?.focus();
	}

	/** Adds the prompt row of a newly chosen target, unless rows for it exist. */
	private addFirst(): Item | undefined {
		const { known } = this.source;
		const chosen = chosenTarget();
		const isNew = known.state === 'found' && chosen !== this.begun;
		if (!isNew || fieldValue('inputMode') === 'json') return undefined;
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

	/** Adds a row for each input that the model requires. */
	private addNeeded(): void {
		for (const input of this.unset) {
			if (input.required) this.list.editableList('addItem', { row: neededRow(input) });
		}
	}

	/** Known inputs without a row. */
	private get unset(): DialogInput[] {
		const rows = this.items.map(({ row = {} }) => row);
		return this.inputs.filter((input) => !rows.some((row) => isRowOf(input, row)));
	}

	private showState(): void {
		const { known } = this.source;
		this.showSeeds();
		const missing = this.shown.map((row) => lacks(known, row, this.findInput(row)));
		for (const [why, key] of [
			['refused', 'rows.gone'],
			['unlisted', 'rows.goneModel'],
		] as const) {
			const n = missing.filter((one) => one === why).length;
			if (n > 0) return setNote(this.note, 'warning', t(key, { n: String(n) }));
		}
		showState(this.note, known, this.unset.length);
	}

	/**
	 * Shows the checkbox for random seeds only if there is a seed without a row: otherwise the box would do nothing.
	 */
	private showSeeds(): void {
		const { known } = this.source;
		const byRows = fieldValue('inputMode') !== 'json' && known.state === 'found' && !isFree(known);
		const row = $('#node-input-randomSeeds').closest('.form-row');
		row.toggle(!byRows || this.unset.some(isOfSeed));
	}

	private fit(): void {
		const pane = this.list.closest('.red-ui-editableList-container');
		// Node-RED includes the buttons in the height of a list.
		const whole = this.list.closest('.red-ui-editableList');
		const buttons = Number(whole.height()) - Number(pane.height());
		const wanted = Number(this.list.outerHeight(true)) + PANE_PADDING + buttons;
		this.list.editableList('height', Math.max(60, Math.min(wanted, this.most)));
	}
}

/** The target that the dialog currently names. */
function chosenTarget(): string {
	const names = chosenKind() === 'model' ? ['modelId'] : ['deploymentId', 'workflow'];
	return JSON.stringify(names.map((name) => [name, fieldValue(name)]));
}

/** Whether the focus is still on the choice of the target. */
function isAtTarget(): boolean {
	const field = $(document.activeElement ?? document.body);
	const rows = '.form-row:has(#node-input-deploymentId, #node-input-modelId)';
	return field.is('body') || field.closest(rows).length > 0;
}

/** Whether the target takes inputs by name but does not list them, or may do so. A row then accepts any name. */
function isFree(known: KnownInputs): boolean {
	if (known.state === 'found' && known.lora) return true;
	if (chosenKind() === 'deployment') return known.state === 'dynamic';
	return known.state !== 'found' || known.inputs.length === 0;
}

/**
 * Whether a run with the row would be refused, or the model only does not list its input, and may accept it all the
 * same. Undefined if the inputs are not known.
 */
function lacks(
	known: KnownInputs,
	{ nodeId }: Partial<Row>,
	found: DialogInput | undefined,
): 'refused' | 'unlisted' | 'no' | undefined {
	if (known.state !== 'found') return undefined;
	if (found || known.partial || known.lora === 'possible') return 'no';
	const takesNames = chosenKind() === 'model' || known.lora === 'certain';
	if (!takesNames || nodeId !== '') return 'refused';
	return known.inputs.length > 0 ? 'unlisted' : 'no';
}

/** Why the inputs of the target are not known. */
function unknownText(state: 'unchosen' | 'dynamic'): string {
	return t(`${chosenKind()}.${state}`);
}

function showState(note: JQuery, known: KnownInputs, more: number): void {
	if (known.state === 'failed') return setRefusal(note, known.refusal);
	if (known.state === 'loading') return setNote(note, 'busy', t('rows.loading'));
	if (known.state !== 'found') return setNote(note, 'plain', unknownText(known.state));
	if (known.partial) return setNote(note, 'warning', t('rows.partial'));
	if (known.lora === 'possible') return setNote(note, 'plain', t('rows.maybeLora'));
	if (isFree(known)) return setNote(note, 'plain', t('rows.free'));
	const n = String(known.inputs.length);
	if (known.ofField) return setNote(note, 'plain', t('rows.field', { n }));
	if (more === 0) return setNote(note, 'plain', '');
	setNote(note, 'plain', t(more === 1 ? 'rows.oneMore' : 'rows.more', { n: String(more) }));
}

function emptyText(known: KnownInputs): string {
	if (known.state === 'failed') return known.refusal.message;
	if (known.state === 'found') return t(isFree(known) ? 'rows.free' : 'list.noMatch');
	return known.state === 'loading' ? t('rows.loading') : unknownText(known.state);
}

/** The inputs that a row offers. Inputs that already have a row are dimmed. */
function entriesFor(known: KnownInputs, own: Item, items: Item[]): Entry[] {
	if (known.state !== 'found') return [];
	const taken = new Set(items.filter((item) => item !== own).map(({ row = {} }) => rowKey(row)));
	return known.inputs.map((input) => ({
		value: rowKey(input),
		label: input.label,
		detail: input.saved ?? '',
		tooltip: [input.path, input.spec.tooltip].filter(Boolean).join('\n'),
		dimmed: taken.has(rowKey(input)),
	}));
}

/** An entry of Node-RED's list. Without a row if the user pressed the list's add button. */
interface Item {
	row?: Partial<Row>;
	drawn?: DrawnRow;
}

interface Surroundings {
	findInput: (row: Partial<Row>) => DialogInput | undefined;
	findKey: (key: string) => DialogInput | undefined;
	entries: () => Entry[];
	emptyText: () => string;
	lacks: (row: Partial<Row>) => ReturnType<typeof lacks>;
	/** Whether an input may have any name. */
	isFree: () => boolean;
	changed: () => void;
}

/** A drawn row: the choice of the input, and its value. */
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

	/** Redraws the row, because the facts about its input may have changed. */
	draw(): void {
		const { row, around } = this;
		const found = around.findInput(row);
		this.hasValue = Boolean(row.input);
		if (this.hasValue) this.learn(found);
		this.drawName();
		this.holder.empty();
		if (this.hasValue) this.drawValue(found);
		this.showProblem();
		around.changed();
	}

	/** Stores what must be known of the input while the dialog is closed, or RunComfy does not answer. */
	private learn(found: DialogInput | undefined): void {
		const { row, around } = this;
		if (found) Object.assign(row, { label: found.label, spec: keptSpec(found.spec) });
		const missing = around.lacks(row);
		if (missing === undefined) return;
		delete row.required;
		delete row.gone;
		if (found?.required) row.required = true;
		if (missing === 'refused') row.gone = true;
	}

	/** Puts the focus on the value. */
	focus(): void {
		const field = this.holder.find('input:visible').last();
		// Typing should replace the default. Values without a text field have only buttons.
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
		field.typedInput({ types: typedInputTypes(input, row, texts), default: row.type } as never);
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
		const missing = row.input ? around.lacks(row) : undefined;
		if (missing === 'refused') return setNote(note, 'warning', t('row.gone'));
		setNote(note, 'warning', missing === 'unlisted' ? t('row.goneModel') : '');
	}

	private pick(key: string): void {
		const found = this.around.findKey(key);
		if (found && !isRowOf(found, this.row)) this.item.row = newRow(found);
		this.draw();
		this.focus();
	}

	/** Accepts a typed name that is not in the list, where any name is allowed. */
	private takeTyped(): void {
		const typed = String(this.name.val()).trim();
		const isNew = this.around.isFree() && typed !== '' && typed !== this.row.input;
		// Without a change, redraws only the name: redrawing the row could steal the focus from the value.
		if (!isNew) return this.drawName();
		this.item.row = { type: 'str', value: '', ...this.row, nodeId: '', input: typed, label: typed };
		this.draw();
		this.holder.find('input:visible').last().trigger('focus');
	}
}

function editText(value: string, complete: (text: string) => void): void {
	// The published type declarations lack this function.
	(RED.editor as unknown as { editText: (options: object) => void }).editText({ value, complete });
}

/** The note below a value: the input's node, the value saved in the workflow, and the accepted values. */
function remarkOn({ nodeId, path, saved, spec }: DialogInput): string {
	const kind = nodeId === '' ? 'row.default' : 'row.saved';
	const { min, max, step, advanced, tooltip = '' } = spec;
	const short = saved && saved.length > 90 ? `${saved.slice(0, 89)}…` : saved;
	return [
		path,
		short === undefined || short === '' ? '' : t(kind, { value: short }),
		rangeText(min, max),
		step === undefined || step === 1 ? '' : t('row.step', { n: String(step) }),
		advanced ? t('row.advanced') : '',
		tooltip,
	]
		.filter(Boolean)
		.join(' · ');
}

const LARGEST_OF_32_BITS = 2 ** 31 - 1;

/** Formats an input's range, leaving out limits such as 2^64 - 1 that only reflect how numbers are stored. */
function rangeText(min: number | undefined, max: number | undefined): string {
	const low = isShown(min) ? String(min) : '';
	const high = isShown(max) ? String(max) : '';
	if (low && high) return `${low} – ${high}`;
	return low ? `≥ ${low}` : high && `≤ ${high}`;
}

function isShown(limit: number | undefined): boolean {
	return limit !== undefined && Math.abs(limit) < LARGEST_OF_32_BITS;
}

function isRowOf(input: DialogInput, row: Partial<Row>): boolean {
	return rowKey(input) === rowKey(row);
}

/** Finds a stored prompt of several inputs that still exist, but that the workflow no longer treats as one prompt. */
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
