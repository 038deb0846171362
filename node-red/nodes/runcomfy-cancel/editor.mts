import type { CancelFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<CancelFields>('runcomfy-cancel', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-cancel.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 1 },
		config: account,
		deploymentId: { value: 'deploymentId', validate: typed('deploymentId') },
		deploymentIdType: { value: 'msg' },
		requestId: { value: 'requestId', validate: typed('requestId') },
		requestIdType: { value: 'msg' },
		target: { value: 'request' },
		runNode: { value: '', validate: typed('runNode') },
		runNodeType: { value: 'run' },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-cancel.label'),
	label: nameOr('runcomfy-cancel.label'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this);
	},
});
