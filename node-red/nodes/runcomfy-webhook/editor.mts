import { labelStyle, text } from '../../editor/definition.mts';
import { textOf } from '../../editor/values.mts';
import { prepareAddress } from './address.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-webhook', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-webhook.svg',
	defaults: defaultsOf(FIELDS),
	credentials: credentialsOf(FIELDS),
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
		prepareAddress();
	},
});
