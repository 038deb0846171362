import './editor.css';
import type { PageFields } from '../contract/fields.cts';
import { check } from './check.mts';
import { prepareCheck } from './checkOverrides.mts';
import { hideIcons, prepareFields } from './prepare.mts';
import { rowList } from './rows.mts';
import { saveRunNode, showRunNode, watchRunNodes } from './runNode.mts';
import { type EditedNode, onChange } from './values.mts';

/** What the pages of all nodes call while somebody edits: loaded once, with the page of the account. */
export const shared = { check, prepare, save, resize };

watchRunNodes();

// The editor has one dialog of a node open at a time.
let list: ReturnType<typeof rowList> | undefined;

/** To be called when the dialog of a node opens. */
function prepare(node: EditedNode, fields: PageFields): void {
	if ('runNode' in fields) showRunNode(node);
	prepareFields(node, fields);
	list = undefined;
	if ('rows' in fields) prepareInputs(node);
}

/** To be called when the dialog is left with Done. */
function save(node: EditedNode, fields: PageFields): void {
	if ('runNode' in fields) saveRunNode(node);
	if (list) node['rows'] = list.read();
	list = undefined;
}

/** Gives the list of inputs, if the node has one, the room that the other fields leave. */
function resize(size: { height: number }): void {
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

/** Prepares the inputs that a node sets: as rows, or as JSON with a button that checks it. */
function prepareInputs(node: EditedNode): void {
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
