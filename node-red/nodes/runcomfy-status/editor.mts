import type { StatusFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<StatusFields>('runcomfy-status', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-status.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 1 },
		config: account,
		deploymentId: { value: 'deploymentId', validate: typed('deploymentId') },
		deploymentIdType: { value: 'msg' },
		requestId: { value: 'requestId', validate: typed('requestId') },
		requestIdType: { value: 'msg' },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-status.label'),
	label: nameOr('runcomfy-status.label'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this);
	},
});
