import type { ResultFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<ResultFields>('runcomfy-result', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-result.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 1 },
		config: account,
		deploymentId: { value: 'deploymentId', validate: typed('deploymentId') },
		deploymentIdType: { value: 'msg' },
		requestId: { value: 'requestId', validate: typed('requestId') },
		requestIdType: { value: 'msg' },
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
		wait: { value: false },
		timeout: { value: '3600', validate: typed('timeout') },
		timeoutType: { value: 'num' },
		cancelOnTimeout: { value: false },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-result.label'),
	label: nameOr('runcomfy-result.label'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this);
	},
});
