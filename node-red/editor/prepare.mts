import { hideIcons, nameParts } from './accessible.mts';
import { deploymentField } from './deployment.mts';
import { FIELDS } from './fields.mts';
import { hardware } from './hardware.mts';
import type { EditedNode } from './node.mts';
import { runNodes } from './runNodes.mts';
import { t } from './texts.mts';
import { upgrade } from './upgrade.mts';

/** Types of TypedInput that are ours. */
const OWN: Readonly<Record<string, () => object>> = { run: runNodes, sku: hardware };

/** Turns the inputs of an open dialog into TypedInputs, and shows what the options ask for. */
export function prepare(node: EditedNode): void {
	upgrade(node, 'node-input-');
	const deployment = $('#node-input-deploymentId').length > 0 ? deploymentField() : undefined;
	for (const [name, { types }] of Object.entries(FIELDS)) {
		const input = $(`#node-input-${name}`);
		if (input.length === 0) continue;
		input.typedInput({
			default: types[0],
			types: types.map((type) =>
				type === 'str' && name === 'deploymentId' ? deployment?.type : (OWN[type]?.() ?? type),
			),
			typeField: `#node-input-${name}Type`,
		} as never);
		nameParts(input, t(`label.${name}`));
	}
	onChange('#node-input-output', (select) => {
		const output = String(select.val());
		$('.runcomfy-saved').toggle(output === 'saved');
		$('.runcomfy-fetched').toggle(/^(saved|buffers?)$/.test(output));
		$('.runcomfy-node-files').toggle(output !== 'texts');
		$('.runcomfy-lists').toggle(output !== 'buffer');
		$('.runcomfy-one-file').toggle(output === 'buffer');
	});
	onChange('#node-input-progress', (box) => {
		$('#node-input-outputs').val(box.prop('checked') === true ? 2 : 1);
	});
	onChange('#node-input-target', (select) => {
		$('.runcomfy-one-request').toggle(select.val() === 'request');
		$('.runcomfy-one-node').toggle(select.val() === 'node');
	});
	onChange('#node-input-operation', (select) => {
		const operation = String(select.val());
		$('.runcomfy-one-deployment').toggle(operation !== 'list' && operation !== 'create');
		$('.runcomfy-changes').toggle(operation === 'update' || operation === 'create');
		$('.runcomfy-new').toggle(operation === 'create');
		$('.runcomfy-deleted').toggle(operation === 'delete');
		$('.runcomfy-one-instance').toggle(operation === 'free');
	});
	onChange('#node-input-workflow', (field) => {
		$('.runcomfy-own-workflow').toggle(String(field.val() ?? '') !== '');
	});
	onChange('#node-input-wait', (box) => {
		$('.runcomfy-waiting').toggle(box.prop('checked') === true);
	});
	hideIcons();
	deployment?.start();
}

/** Calls back on every change of an element that is there, and once now. */
export function onChange(selector: string, listener: (element: JQuery) => void): void {
	$(selector)
		.on('change', function () {
			listener($(this));
		})
		.trigger('change');
}
