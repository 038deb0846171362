import type { DialogInput, Row } from '../contract/dialog.cts';
import { checkRow } from './check.mts';
import { combobox, type Entry } from './combobox.mts';
import { nameParts } from './prepare.mts';
import { isRowOf, keptSpec, newRow, typesOf } from './row.mts';
import { setNote, t } from './texts.mts';

/** One row of the list, with what it is drawn and read by. */
export interface Item {
	row: Partial<Row>;
	draw?: () => void;
	read?: () => Partial<Row>;
	/** To type a value, in the place of the one that is there. */
	focus?: () => void;
}

export interface Surroundings {
	findInput: (row: Partial<Row>) => DialogInput | undefined;
	entries: () => Entry[];
	emptyText: () => string;
	/** Whether an input may have any name. */
	isFree: () => boolean;
	changed: () => void;
}

/** Draws a row: the input, to be chosen from the list, and its value. */
export function drawItem(container: JQuery, item: Item, around: Surroundings): void {
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
