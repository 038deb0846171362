// The node dialog: opening, saving on Done, resizing. Loaded once, with the account's page.
import { HARDWARE } from '../../core/index.ts';
import { conditionsOf, type PageFields, typedSources } from '../contract/fields.ts';
import { fieldLabel, t } from './ask.mts';
import {
	defaultsIn,
	type EditedNode,
	fieldValue,
	hideIcons,
	holds,
	nameParts,
	onChange,
	toText,
} from './form.mts';
import { RowList } from './rows.mts';
import { ListField } from './targets.mts';

// The editor opens only one node dialog at a time.
let list: RowList | undefined;
let targets: ListField[] = [];

/** Height left for the list of inputs, in pixels. */
let room = 0;

export function prepareDialog(node: EditedNode, fields: PageFields): void {
	fillMissing(node);
	targets = prepareSources(node, fields);
	showWhenAsked(fields);
	onChange('progress', (value) => $('#node-input-outputs').val(value === 'true' ? 2 : 1));
	hideIcons();
	prepareFolds(node);
	for (const one of targets) one.start();
	list = undefined;
	if ('rows' in fields) prepareInputs(node);
}

/** Saves the values that Node-RED does not read from the form itself. Call this when Done closes the dialog. */
export function saveDialog(node: EditedNode): void {
	saveTargetName(node);
	if (list) node['rows'] = list.read();
	list = undefined;
}

/** Stores the target's name for the node's label: next time the editor opens, the list may not be loaded. */
function saveTargetName(node: EditedNode): void {
	const used = targets.find(({ isUsed }) => isUsed);
	if (!used) return;
	const isSame = ['target', used.name].every((name) => toText(node[name]) === fieldValue(name));
	$('#node-input-targetName').val(used.chosenName ?? (isSame ? toText(node['targetName']) : ''));
}

export function resizeDialog(size: { height: number }): void {
	const form = $('#runcomfy-rows').closest('.runcomfy-form');
	const own = $('#runcomfy-rows').closest('.form-row');
	const others = Number(form.outerHeight(true)) - Number(own.outerHeight(true));
	room = size.height - others - 60;
	list?.resize(room);
}

/** Prepares the inputs: rows, or JSON. */
function prepareInputs(node: EditedNode): void {
	const rows = new RowList(node);
	list = rows;
	hideIcons();
	onChange('inputMode', () => rows.resize(room));
}

/**
 * Turns fields with several sources into TypedInputs.
 * @returns the list fields, to be started once the whole form is ready
 */
function prepareSources(node: EditedNode, fields: PageFields): ListField[] {
	const lists: ListField[] = [];
	for (const [name, { kind }] of Object.entries(fields)) {
		const sources = typedSources(kind);
		if (!sources) continue;
		const list = kind === 'deployment' || kind === 'model' ? new ListField(kind) : undefined;
		if (list) lists.push(list);
		const input = $(`#node-input-${name}`);
		input.typedInput({
			default: sources[0],
			types: sources.map((source) =>
				source === 'str' && list ? list.type : (OWN_TYPES[source]?.(node) ?? source),
			),
			typeField: `#node-input-${name}Type`,
		} as never);
		nameParts(input, fieldLabel(name));
	}
	return lists;
}

/** Shows or hides rows as their conditions change. */
function showWhenAsked(fields: PageFields): void {
	for (const [name, field] of Object.entries(fields)) {
		const place = field.kind === 'rows' ? '#runcomfy-rows' : `#node-input-${name}`;
		const row = $(place).closest('.form-row');
		const conditions = conditionsOf(field);
		const show = () => row.toggle(conditions.every((one) => holds(one, fieldValue(one.field))));
		for (const { field: other } of conditions) onChange(other, show);
	}
}

/**
 * Fills in defaults that the node lacks, for example in a flow written by hand. Left empty, Done would store an empty
 * value.
 */
export function fillMissing(node: EditedNode): void {
	for (const [name, { value: usual }] of Object.entries(defaultsIn(node))) {
		if (node[name] !== undefined || isTypeOfSetValue(node, name)) continue;
		if (usual === '' || usual === undefined) continue;
		const input = $(`#${prefixOf(node)}${name}`);
		if (input.is('[type=checkbox]')) input.prop('checked', usual === true);
		else input.val(String(usual));
	}
}

// A value stored without a type is text, even if the field's default type differs.
function isTypeOfSetValue(node: EditedNode, name: string): boolean {
	return name.endsWith('Type') && node[name.slice(0, -'Type'.length)] !== undefined;
}

/** Prefix of the form's element ids. */
function prefixOf(node: EditedNode): string {
	return 'config' in defaultsIn(node) ? 'node-input-' : 'node-config-input-';
}

/**
 * Prepares the collapsible sections: open from the start if they contain an unusual or invalid value, hidden if all of
 * their rows are hidden.
 */
export function prepareFolds(node: EditedNode): void {
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
			rows().some((row) => isUnusual($(row), node)) ||
				fold.find('.runcomfy-note-warning, .runcomfy-note-error').length > 0,
		);
		$('.runcomfy-form').on('change', show);
		// Toggling changes the height left for the list of inputs.
		fold.on('toggle', () => (RED as unknown as { tray: { resize(): void } }).tray.resize());
	}
}

/** Whether a row's value is invalid or differs from a new node's. */
function isUnusual(row: JQuery, node: EditedNode): boolean {
	const id = toText(row.children('label').attr('for'));
	const name = id.slice(prefixOf(node).length);
	const defaults = defaultsIn(node);
	const { value: usual, validate } = defaults[name] ?? {};
	const input = $(`#${id}`);
	const isBox = input.is('[type=checkbox]');
	const value = isBox ? input.prop('checked') === true : toText(input.val());
	const type = toText($(`#${id}Type`).val());
	const isUsual =
		value === (isBox ? usual === true : toText(usual)) &&
		type === toText(defaults[`${name}Type`]?.value);
	return !isUsual || (validate?.call(node, value, {}) ?? true) !== true;
}

/** Our own TypedInput types, under the names used in `SOURCES`. */
const OWN_TYPES: Readonly<Record<string, (node: EditedNode) => object>> = {
	sku: hardwareList,
};

/**
 * Lists RunComfy's known machine types, plus the one that the node already has.
 */
function hardwareList(): object {
	const chosen = fieldValue('hardware');
	const listed = HARDWARE.map(({ sku, gpus, vramGb }) => ({
		value: sku,
		label: `${gpus.join(' / ')} · ${vramGb} GB`,
	}));
	// RunComfy may add machine types: without an option for the node's own, the dialog would drop the value.
	const isOther =
		fieldValue('hardwareType') === 'sku' &&
		!['', ...listed.map(({ value }) => value)].includes(chosen);
	return {
		value: 'sku',
		label: 'GPU',
		icon: 'fa fa-microchip',
		options: [
			{ value: '', label: t('placeholder.asItIs') },
			...listed,
			...(isOther ? [{ value: chosen, label: chosen }] : []),
		],
	};
}
