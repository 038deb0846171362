import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-submit', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-submit.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: 'RunComfy submit',
	label: nameOr('RunComfy submit'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepareInputs(this, FIELDS);
	},
	oneditsave() {
		runcomfyEditor.saveInputs(this);
	},
	oneditresize(size) {
		runcomfyEditor.resizeInputs(size);
	},
});
