import type { WebhookFields } from '../../contract/fields.cts';
import { account, labelStyle, required, text, typed, validator } from '../../editor/definition.mts';
import { checkPath, prepareWebhook } from './webhookDialog.mts';

RED.nodes.registerType<WebhookFields, { secret: string }>('runcomfy-webhook', {
	category: 'RunComfy',
	color: '#BFB2DE',
	icon: 'runcomfy-webhook.svg',
	defaults: {
		name: { value: '' },
		schemaVersion: { value: 1 },
		config: account,
		path: {
			value: '/runcomfy',
			required: true,
			validate: validator((_node, value) => checkPath(value)),
		},
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
		intermediate: { value: false },
		alsoAwaited: { value: false },
	},
	credentials: { secret: required('text') },
	inputs: 0,
	outputs: 1,
	outputLabels: text('runcomfy.port.result'),
	paletteLabel: text('runcomfy-webhook.label'),
	label() {
		return this.name || 'POST ' + this.path;
	},
	labelStyle,
	oneditprepare() {
		runcomfyEditor.prepare(this);
		prepareWebhook();
	},
});
