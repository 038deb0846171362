import { labelStyle, nameOr, text } from '../../editor/definition.mts';
import { FIELDS } from './fields.cts';

RED.nodes.registerType('runcomfy-run', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-run.svg',
	defaults: defaultsOf(FIELDS),
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels(index) {
		return index === 1 ? this._('runcomfy.port.progress') : this._('runcomfy.port.result');
	},
	paletteLabel: 'RunComfy run',
	label: nameOr('RunComfy run'),
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
