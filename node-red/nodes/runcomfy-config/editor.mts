import { checkedBy, text } from '../../editor/definition.mts';
import { shared } from '../../editor/index.mts';
import { prepareAccount } from './account.mts';

globalThis.runcomfyEditor = shared;

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
