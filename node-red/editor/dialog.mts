import { hideIcons } from './accessible.mts';
import { prepareCheck } from './checkOverrides.mts';
import type { EditedNode } from './node.mts';
import { onChange, prepare } from './prepare.mts';
import { type RowList, rowList } from './rows.mts';

// The editor has one dialog of a node open at a time.
let list: RowList | undefined;

/** Prepares the dialog of a node that starts runs: the deployment, and the inputs to set. */
export function prepareInputs(node: EditedNode): void {
	prepare(node);
	const rows = rowList(node);
	list = rows;
	prepareCheck();
	hideIcons();
	let started = false;
	onChange('#node-input-inputMode', (select) => {
		const byRows = select.val() === 'rows';
		$('.runcomfy-mode-rows').toggle(byRows);
		$('.runcomfy-mode-json').toggle(!byRows);
		if (byRows && !started) rows.start();
		started ||= byRows;
		fitList();
	});
}

/** Keeps what stands in the list; to be called when the dialog is left with Done. */
export function saveInputs(node: EditedNode): void {
	if (list) node['rows'] = list.read();
	list = undefined;
}

/** Gives the list of inputs the room that the other fields leave. */
export function resizeInputs(size: { height: number }): void {
	const form = $('#runcomfy-rows').closest('.runcomfy-form');
	const own = $('#runcomfy-rows').closest('.form-row');
	const others = Number(form.outerHeight(true)) - Number(own.outerHeight(true));
	room = size.height - others - 60;
	fitList();
}

let room = 0;

function fitList(): void {
	list?.resize(room);
}
