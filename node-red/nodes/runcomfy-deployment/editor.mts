import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-deployment', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-deployment.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy deployment',
	label: nameOr('RunComfy deployment'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this, FIELDS);
	},
});
