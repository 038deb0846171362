import { conditionsOf, type PageFields } from '../contract/fields.cts';
import { sourcesOf } from '../contract/sources.cts';
import { OWN_TYPES } from './choices.mts';
import { prepareFolds } from './folds.mts';
import type { ListField } from './listField.mts';
import { deploymentField, modelField } from './targetLists.mts';
import { t } from './texts.mts';
import { defaultsIn, type EditedNode, holds, onChange, valueOf } from './values.mts';

/** Turns the inputs of an open dialog into TypedInputs, and shows the rows that the options ask for. */
export function prepareFields(node: EditedNode, fields: PageFields): void {
	fillMissing(node, 'node-input-');
	const lists: Record<string, ListField | undefined> = {
		deployment: 'deploymentId' in fields ? deploymentField() : undefined,
		model: 'modelId' in fields ? modelField() : undefined,
	};
	for (const [name, { kind }] of Object.entries(fields)) {
		const types = sourcesOf(kind);
		if (!types) continue;
		const input = $(`#node-input-${name}`);
		input.typedInput({
			default: types[0],
			types: types.map((type) =>
				type === 'str' && lists[kind ?? '']
					? lists[kind ?? '']?.type
					: (OWN_TYPES[type]?.(node) ?? type),
			),
			typeField: `#node-input-${name}Type`,
		} as never);
		nameParts(input, t(`label.${name}`));
	}
	for (const [name, field] of Object.entries(fields)) {
		const place = field.kind === 'rows' ? '#runcomfy-rows' : `#node-input-${name}`;
		const row = $(place).closest('.form-row');
		const conditions = conditionsOf(field);
		const show = () => row.toggle(conditions.every((one) => holds(one, valueOf(one.field))));
		for (const { field: other } of conditions) onChange(other, show);
	}
	onChange('progress', (value) => $('#node-input-outputs').val(value === 'true' ? 2 : 1));
	hideIcons();
	prepareFolds(node, 'node-input-');
	for (const list of Object.values(lists)) list?.start();
}

/**
 * Shows the default of a field that the node lacks, such as in a flow that was written by hand: left empty, it
 * would be stored so with Done.
 */
export function fillMissing(node: EditedNode, prefix: 'node-input-' | 'node-config-input-'): void {
	for (const [name, { value: usual }] of Object.entries(defaultsIn(node))) {
		if (node[name] !== undefined || isTypeOfGiven(node, name)) continue;
		if (usual === '' || usual === undefined) continue;
		const input = $(`#${prefix}${name}`);
		if (input.is('[type=checkbox]')) input.prop('checked', usual === true);
		else input.val(String(usual));
	}
}

// A value without a type is text, whatever the type would be by default.
function isTypeOfGiven(node: EditedNode, name: string): boolean {
	return name.endsWith('Type') && node[name.slice(0, -'Type'.length)] !== undefined;
}

/**
 * Names the parts of a TypedInput after their field, for those who hear the dialog: Node-RED's label
 * belongs to the input that it hides, and its buttons tell only what is chosen.
 */
export function nameParts(field: JQuery, name: string): void {
	const parts = field.nextAll('.red-ui-typedInput-container').first();
	const show = () => {
		parts.find('.red-ui-typedInput-input').attr('aria-label', name);
		for (const element of parts.children('button').toArray()) {
			const button = $(element);
			const chosen = button.text().trim() || button.attr('title') || RED._('editor.configEdit');
			button.attr('aria-label', `${name}: ${chosen}`);
		}
	};
	// A change of the type is one, too.
	field.on('change', show);
	show();
}

/** Keeps the icons before a name, letters of a font of their own, from being read out with it. */
export function hideIcons(): void {
	$('.runcomfy-form .fa').attr('aria-hidden', 'true');
}
