import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-cancel', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-cancel.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy cancel',
	label: nameOr('RunComfy cancel'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
	},
});
