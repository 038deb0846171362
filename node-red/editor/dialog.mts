// The dialog of a node: what happens when it opens, when Done closes it, and when its size changes. Loaded once, with
// the page of the account.
import { HARDWARE } from '../../core/index.ts';
import { conditionsOf, type PageFields, sourcesOf } from '../contract/fields.cts';
import { t } from './ask.mts';
import {
	defaultsIn,
	type EditedNode,
	hideIcons,
	holds,
	nameParts,
	onChange,
	textOf,
	valueOf,
} from './form.mts';
import { prepareCheck } from './inputs.mts';
import { isDirect } from './row.mts';
import { RowList } from './rows.mts';
import { deploymentField, type ListField, modelField } from './targets.mts';

// The editor has one dialog of a node open at a time.
let list: RowList | undefined;
let targets: ListField[] = [];

/** Pixels that the other fields leave for the list of inputs. */
let room = 0;

export function prepare(node: EditedNode, fields: PageFields): void {
	fillMissing(node);
	targets = prepareSources(node, fields);
	showWhenAsked(fields);
	showDefaults(fields);
	onChange('progress', (value) => $('#node-input-outputs').val(value === 'true' ? 2 : 1));
	hideIcons();
	prepareFolds(node);
	for (const one of targets) one.start();
	list = undefined;
	if ('rows' in fields) prepareInputs(node);
}

/** Keeps what Node-RED does not read from the form itself; to be called when Done closes the dialog. */
export function save(node: EditedNode): void {
	saveTargetName(node);
	if (list) node['rows'] = list.read();
	list = undefined;
}

/** Stores the name of what the node runs for its label, since the list may not be loaded when the editor opens again. */
function saveTargetName(node: EditedNode): void {
	const used = targets.find(({ isUsed }) => isUsed);
	if (!used) return;
	const isSame = ['target', used.name].every((name) => textOf(node[name]) === valueOf(name));
	$('#node-input-targetName').val(used.chosenName ?? (isSame ? textOf(node['targetName']) : ''));
}

export function resize(size: { height: number }): void {
	const form = $('#runcomfy-rows').closest('.runcomfy-form');
	const own = $('#runcomfy-rows').closest('.form-row');
	const others = Number(form.outerHeight(true)) - Number(own.outerHeight(true));
	room = size.height - others - 60;
	list?.resize(room);
}

/** Prepares the inputs that a node sets: as rows, or as JSON with a button that checks it. */
function prepareInputs(node: EditedNode): void {
	nameInputs();
	const rows = new RowList(node);
	list = rows;
	prepareCheck();
	hideIcons();
	onChange('inputMode', () => rows.resize(room));
}

/** Names the fields of the inputs after the target, because a model has no workflow to override. */
function nameInputs(): void {
	const mode = $('#node-input-inputMode');
	const nameJson = () => {
		const direct = isDirect(valueOf('target'), valueOf('inputMode'));
		const label = $('label[for=node-input-overrides] span');
		rename(label, t(direct ? 'model.json' : 'label.overrides'));
	};
	onChange('inputMode', nameJson);
	onChange('target', (target) => {
		const isModel = target === 'model';
		for (const name of ['rows', 'json']) {
			const option = mode.children(`[value=${name}]`);
			rename(option, t(`${isModel ? 'model' : 'inputMode'}.${name}`));
		}
		// The inputs of a model are direct in any mode.
		mode.children('[value=direct]').prop('hidden', isModel);
		if (isModel && valueOf('inputMode') === 'direct') mode.val('rows').trigger('change');
		nameJson();
	});
}

/** Sets a text for good: Node-RED translates a dialog once more after this. */
function rename(element: JQuery, text: string): void {
	element.removeAttr('data-i18n').text(text);
}

/**
 * Turns the inputs of fields with several sources into TypedInputs.
 * @returns the lists among them, to be started once the whole form is prepared
 */
function prepareSources(node: EditedNode, fields: PageFields): ListField[] {
	const lists: ListField[] = [];
	const listFor = (kind: string | undefined) => {
		if (kind !== 'deployment' && kind !== 'model') return undefined;
		const field = kind === 'model' ? modelField() : deploymentField();
		lists.push(field);
		return field;
	};
	for (const [name, { kind }] of Object.entries(fields)) {
		const sources = sourcesOf(kind);
		if (!sources) continue;
		const listed = listFor(kind);
		const input = $(`#node-input-${name}`);
		input.typedInput({
			default: sources[0],
			types: sources.map((source) =>
				source === 'str' && listed ? listed.type : (OWN_TYPES[source]?.(node) ?? source),
			),
			typeField: `#node-input-${name}Type`,
		} as never);
		nameParts(input, t(`label.${name}`));
	}
	return lists;
}

/** Shows in an empty field the value that counts then. */
function showDefaults(fields: PageFields): void {
	for (const [name, { kind, emptyMeans }] of Object.entries(fields)) {
		if (!emptyMeans) continue;
		const input = $(`#node-input-${name}`);
		const parts = input.siblings('.red-ui-typedInput-container');
		// Node-RED translates the dialog once more after this.
		const shown = parts.find('.red-ui-typedInput-input').removeAttr('data-i18n');
		onChange(emptyMeans.field, (value) => {
			const meant = holds(emptyMeans, value) ? emptyMeans.value : '';
			if (kind === 'hardware') {
				const others = sourcesOf(kind)?.slice(1) ?? [];
				return void input.typedInput('types', [hardwareList(meant), ...others] as never);
			}
			const text = meant === '' ? t('placeholder.asItIs') : t('row.default', { value: meant });
			shown.attr('placeholder', text);
		});
	}
}

/** Shows the row of each field only while its conditions hold. */
function showWhenAsked(fields: PageFields): void {
	for (const [name, field] of Object.entries(fields)) {
		const place = field.kind === 'rows' ? '#runcomfy-rows' : `#node-input-${name}`;
		const row = $(place).closest('.form-row');
		const conditions = conditionsOf(field);
		const show = () => row.toggle(conditions.every((one) => holds(one, valueOf(one.field))));
		for (const { field: other } of conditions) onChange(other, show);
	}
}

/**
 * Shows the default of a field that the node lacks, such as in a flow that was written by hand. If the field stayed
 * empty, Done would store it so.
 */
export function fillMissing(node: EditedNode): void {
	for (const [name, { value: usual }] of Object.entries(defaultsIn(node))) {
		if (node[name] !== undefined || isTypeOfGiven(node, name)) continue;
		if (usual === '' || usual === undefined) continue;
		const input = $(`#${prefixOf(node)}${name}`);
		if (input.is('[type=checkbox]')) input.prop('checked', usual === true);
		else input.val(String(usual));
	}
}

// A value without a type is text, whatever the type would be by default.
function isTypeOfGiven(node: EditedNode, name: string): boolean {
	return name.endsWith('Type') && node[name.slice(0, -'Type'.length)] !== undefined;
}

/** The ids of elements begin with it. */
function prefixOf(node: EditedNode): string {
	return 'config' in defaultsIn(node) ? 'node-input-' : 'node-config-input-';
}

/**
 * Prepares the folded sections of an open dialog: one that holds something unusual or wrong is open from the
 * start, and one without a visible row is not there.
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
		// The list of inputs has more room, or less.
		fold.on('toggle', () => (RED as unknown as { tray: { resize(): void } }).tray.resize());
	}
}

/** Whether the field of a row has an invalid value, or another one than in a new node. */
function isUnusual(row: JQuery, node: EditedNode): boolean {
	const id = textOf(row.children('label').attr('for'));
	const name = id.slice(prefixOf(node).length);
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

/** Types of TypedInput that are ours, by the names that `SOURCES` gives them. */
const OWN_TYPES: Readonly<Record<string, (node: EditedNode) => object>> = {
	sku: () => hardwareList(),
};

/**
 * The machines that RunComfy is known to have, and the one that the node has now.
 * @param meant the machine of a node that names none; empty if it keeps its own
 */
function hardwareList(meant = ''): object {
	const chosen = valueOf('hardware');
	const known = HARDWARE.map(({ sku, gpus, vramGb }) => ({
		value: sku,
		label: `${gpus.join(' / ')} · ${vramGb} GB`,
	}));
	const named = known.find(({ value }) => value === meant)?.label;
	// RunComfy may offer others by now: if the node's machine were not among the options, the dialog would drop it.
	const isOther =
		valueOf('hardwareType') === 'sku' && !['', ...known.map(({ value }) => value)].includes(chosen);
	return {
		value: 'sku',
		label: 'GPU',
		icon: 'fa fa-microchip',
		options: [
			{ value: '', label: named ? t('row.default', { value: named }) : t('placeholder.asItIs') },
			...known,
			...(isOther ? [{ value: chosen, label: chosen }] : []),
		],
	};
}
