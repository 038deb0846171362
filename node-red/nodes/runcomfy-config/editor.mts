import type { ConfigFields } from '../../contract/fields.cts';
import { checkAccount } from '../../editor/check.mts';
import { nameOr, required, text, validator } from '../../editor/definition.mts';
import { shared } from '../../editor/index.mts';
import { prepareAccount } from './accountTest.mts';

globalThis.runcomfyEditor = shared;

const checked = (name: string) => validator((_node, value) => checkAccount(name, value));

RED.nodes.registerType<ConfigFields, { apiToken: string; comfyOrgApiKey: string }>(
	'runcomfy-config',
	{
		category: 'config',
		color: '#BFB2DE',
		defaults: {
			name: { value: '' },
			schemaVersion: { value: 1 },
			baseUrl: { value: 'https://api.runcomfy.net', validate: checked('baseUrl') },
			apiVersion: { value: 'v1', required: true },
			concurrency: { value: 10, validate: checked('concurrency') },
			overflow: { value: 'wait' },
			queueLimit: { value: 100, validate: checked('queueLimit') },
			latestWins: { value: false },
			allowPrivate: { value: false },
		},
		credentials: { apiToken: required('password'), comfyOrgApiKey: { type: 'password' } },
		paletteLabel: text('runcomfy-config.account'),
		label: nameOr('runcomfy-config.account'),
		oneditprepare() {
			prepareAccount(this);
		},
	},
);
