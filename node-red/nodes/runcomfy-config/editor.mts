import { text } from '../../editor/definition.mts';
import { shared } from '../../editor/index.mts';
import { prepareAccount } from './account.mts';
import { FIELDS } from './fields.cts';

globalThis.runcomfyEditor = shared;

RED.nodes.registerType('runcomfy-config', {
	category: 'config',
	color: '#BFB2DE',
	defaults: defaultsOf(FIELDS),
	credentials: credentialsOf(FIELDS),
	paletteLabel: text('runcomfy.account.label'),
	label() {
		return this.name || this._('runcomfy.account.label');
	},
	oneditprepare() {
		prepareAccount(this);
	},
});
