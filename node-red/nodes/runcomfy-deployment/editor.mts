import type { DeploymentNodeFields } from '../../contract/fields.cts';
import { account, labelStyle, nameOr, text, typed } from '../../editor/definition.mts';

RED.nodes.registerType<DeploymentNodeFields>('runcomfy-deployment', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-deployment.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 1 },
		config: account,
		operation: { value: 'list' },
		deploymentId: { value: '', validate: typed('deploymentId') },
		deploymentIdType: { value: 'str' },
		hardware: { value: '', validate: typed('hardware') },
		hardwareType: { value: 'sku' },
		minInstances: { value: '', validate: typed('minInstances') },
		minInstancesType: { value: 'num' },
		maxInstances: { value: '', validate: typed('maxInstances') },
		maxInstancesType: { value: 'num' },
		queueSize: { value: '', validate: typed('queueSize') },
		queueSizeType: { value: 'num' },
		keepWarm: { value: '', validate: typed('keepWarm') },
		keepWarmType: { value: 'num' },
		workflowVersion: { value: '', validate: typed('workflowVersion') },
		workflowVersionType: { value: 'str' },
		instanceId: { value: 'payload.instance_id', validate: typed('instanceId') },
		instanceIdType: { value: 'msg' },
	},
	inputs: 1,
	outputs: 1,
	inputLabels: text('runcomfy.port.request'),
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-deployment.label'),
	label: nameOr('runcomfy-deployment.label'),
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this);
	},
});
