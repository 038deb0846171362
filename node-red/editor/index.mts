import './editor.css';
import type { PageFields } from '../contract/fields.cts';
import { check } from './check.mts';
import { prepareCheck } from './checkOverrides.mts';
import { hideIcons, prepare } from './prepare.mts';
import { rowList } from './rows.mts';
import { type EditedNode, onChange } from './values.mts';

/** What the pages of all nodes call while somebody edits: loaded once, with the page of the account. */
export const shared = { check, prepare, prepareInputs, resizeInputs, saveInputs };

// The editor has one dialog of a node open at a time.
let list: ReturnType<typeof rowList> | undefined;

/** Prepares the dialog of a node that submits requests: the deployment, and the inputs to set. */
function prepareInputs(node: EditedNode, fields: PageFields): void {
	prepare(node, fields);
	const rows = rowList(node);
	list = rows;
	prepareCheck();
	hideIcons();
	let started = false;
	onChange('inputMode', (mode) => {
		const byRows = mode !== 'json';
		if (byRows && !started) rows.start();
		started ||= byRows;
		fitList();
	});
}

/** Keeps what stands in the list; to be called when the dialog is left with Done. */
function saveInputs(node: EditedNode): void {
	if (list) node['rows'] = list.read();
	list = undefined;
}

/** Gives the list of inputs the room that the other fields leave. */
function resizeInputs(size: { height: number }): void {
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
