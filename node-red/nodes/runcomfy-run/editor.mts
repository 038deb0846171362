import type { RunFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, rowsOf, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<RunFields>('runcomfy-run', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-run.svg',
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
		output: { value: 'files', required: true },
		directory: { value: '', validate: typed('directory') },
		directoryType: { value: 'str' },
		maxFileSize: { value: '200', validate: typed('maxFileSize') },
		maxFileSizeType: { value: 'num' },
		downloadTimeout: { value: '900', validate: typed('downloadTimeout') },
		downloadTimeoutType: { value: 'num' },
		outputNodes: { value: '', validate: typed('outputNodes') },
		outputNodesType: { value: 'str' },
		includeTemp: { value: false },
		split: { value: false },
		setHeaders: { value: false },
		progress: { value: false },
		outputs: { value: 1 },
		timeout: { value: '3600', validate: typed('timeout') },
		timeoutType: { value: 'num' },
		cancelOnTimeout: { value: false },
		onRedeploy: { value: 'keep' },
		onDelete: { value: 'cancel' },
		onShutdown: { value: 'leave' },
		onRestart: { value: 'resume' },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels(index) {
		return index === 1 ? this._('runcomfy.port.progress') : this._('runcomfy.port.result');
	},
	paletteLabel: text('runcomfy-run.label'),
	label: nameOr('runcomfy-run.label'),
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
