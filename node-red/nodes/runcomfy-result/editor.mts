import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-result', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-result.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy result',
	label: nameOr('RunComfy result'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
	},
});
