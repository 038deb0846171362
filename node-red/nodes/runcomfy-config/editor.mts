import '../../editor/editor.css';
import { checkField } from '../../editor/check.mts';
import { checkedBy, translated } from '../../editor/definition.mts';
import { prepareDialog, resizeDialog, saveDialog } from '../../editor/dialog.mts';
import { prepareAccount } from './account.mts';

// Code that all pages need while a user edits is loaded once, with this page.
globalThis.runcomfyEditor = { checkField, prepareDialog, saveDialog, resizeDialog };

const checked = checkedBy(FIELDS);

RED.nodes.registerType('runcomfy-config', {
	category: 'config',
	color: '#BFB2DE',
	defaults: defaultsWith(checked),
	credentials: CREDENTIALS,
	paletteLabel: translated('runcomfy.account.label'),
	label() {
		return this.name || this._('runcomfy.account.label');
	},
	oneditprepare() {
		prepareAccount(this);
	},
});
