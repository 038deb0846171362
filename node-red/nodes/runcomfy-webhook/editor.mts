import { checkedBy, labelStyle, text } from '../../editor/definition.mts';
import { textOf } from '../../editor/form.mts';
import { prepareAddress } from './address.mts';

const checked = checkedBy(FIELDS);

RED.nodes.registerType('runcomfy-webhook', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-webhook.svg',
	defaults: defaultsWith(checked),
	credentials: CREDENTIALS,
	inputs: 0,
	outputs: 1,
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy webhook',
	label() {
		return this.name || `POST ${textOf(this['path'])}`;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
		prepareAddress(this);
	},
});
