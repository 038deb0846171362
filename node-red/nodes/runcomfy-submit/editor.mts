import type { SubmitFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, rowsOf, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<SubmitFields>('runcomfy-submit', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-submit.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 2 },
		config: account,
		deploymentId: { value: '', validate: typed('deploymentId') },
		deploymentIdType: { value: 'str' },
		inputMode: { value: 'rows' },
		rows: { value: [], validate: rowsOf },
		overrides: { value: 'overrides', validate: typed('overrides') },
		overridesType: { value: 'msg' },
		checkInputs: { value: true },
		workflow: { value: '', validate: typed('workflow') },
		workflowType: { value: 'json' },
		randomSeeds: { value: false },
		extraData: { value: '', validate: typed('extraData') },
		extraDataType: { value: 'json' },
		webhook: { value: '', validate: typed('webhook') },
		webhookType: { value: 'str' },
		maxInputFileSize: { value: '50', validate: typed('maxInputFileSize') },
		maxInputFileSizeType: { value: 'num' },
		keep: { value: '' },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-submit.label'),
	label: nameOr('runcomfy-submit.label'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepareInputs(this);
	},
	oneditsave() {
		runcomfyEditor.saveInputs(this);
	},
	oneditresize(size) {
		runcomfyEditor.resizeInputs(size);
	},
});
