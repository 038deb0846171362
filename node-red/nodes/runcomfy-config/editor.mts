import '../../editor/editor.css';
import { check } from '../../editor/check.mts';
import { checkedBy, text } from '../../editor/definition.mts';
import { prepare, resize, save } from '../../editor/dialog.mts';
import { prepareAccount } from './account.mts';

// Code that all pages need while a user edits is loaded once, with this page.
globalThis.runcomfyEditor = { check, prepare, save, resize };

const checked = checkedBy(FIELDS);

RED.nodes.registerType('runcomfy-config', {
	category: 'config',
	color: '#BFB2DE',
	defaults: defaultsWith(checked),
	credentials: CREDENTIALS,
	paletteLabel: text('runcomfy.account.label'),
	label() {
		return this.name || this._('runcomfy.account.label');
	},
	oneditprepare() {
		prepareAccount(this);
	},
});
