import { refuseCleartext } from '../../../core/index.ts';
import type { Refusal } from '../../contract/dialog.ts';
import {
	accountRef,
	askRuntime,
	type EditedAccount,
	reason,
	setNote,
	setRefusal,
	t,
	UNCHANGED,
} from '../../editor/ask.mts';
import { fillMissing, prepareFolds } from '../../editor/dialog.mts';
import { type EditedNode, hideIcons, isVariable } from '../../editor/form.mts';

/** Prepares the account's dialog, with a button that tests the entered token and address. */
export function prepareAccount(node: EditedNode & EditedAccount): void {
	fillMissing(node);
	hideIcons();
	const button = $('#runcomfy-test');
	const note = $('<div>').insertAfter(button);
	const value = (name: string) => String($(`#node-config-input-${name}`).val() ?? '').trim();

	const test = async () => {
		const shown = value('apiToken');
		const typed = shown === UNCHANGED ? node.credentials?.apiToken : shown;
		const address = { baseUrl: value('baseUrl') };
		if (typed === '') return setNote(note, 'error', reason('empty', 'apiToken'));
		button.prop('disabled', true);
		setNote(note, 'busy', t('test.busy'));
		const ref = accountRef(String(node['id'] ?? ''), address, typed);
		await askRuntime('test', ref).then(
			({ balance }) => setNote(note, 'good', t('test.good', { balance: balance.toFixed(2) })),
			(refusal: Refusal) => setRefusal(note, refusal),
		);
		button.prop('disabled', false);
	};

	const tokenNote = $('<div>').insertAfter('#node-config-input-apiToken');
	const addressNote = $('<div>').insertAfter('#node-config-input-baseUrl');
	const showSafety = () => {
		const mixed = /\$\{/.test(value('apiToken')) && !isVariable(value('apiToken'));
		setNote(tokenNote, 'error', mixed ? t('invalid.token') : '');
		const open = isClearText(value('baseUrl'));
		setNote(addressNote, 'warning', open ? t('invalid.clearText') : '');
	};
	$('#node-config-input-apiToken, #node-config-input-baseUrl').on('input', showSafety);
	showSafety();

	setNote(note, 'plain', '');
	prepareFolds(node);
	button.on('click', () => void test());
	// The result is valid only for the values that were tested.
	$('#node-config-input-apiToken, #node-config-input-baseUrl').on('input', () =>
		setNote(note, 'plain', ''),
	);
}

function isClearText(baseUrl: string): boolean {
	try {
		refuseCleartext(baseUrl);
		return false;
	} catch {
		return true;
	}
}
