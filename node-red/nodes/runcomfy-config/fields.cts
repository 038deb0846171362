import { DEFAULT_BASE_URL, DEFAULTS } from '../../../core/index.js';
import { checkbox, type Fields, folded, line } from '../../contract/fields.cjs';
import { nameFields } from '../../contract/sharedFields.cjs';

export const FIELDS: Fields = {
	apiToken: {
		kind: 'password',
		credential: true,
		required: true,
		icon: 'key',
		placeholder: 'apiToken',
		below: 'test',
		help: 'from your RunComfy profile page; `${RUNCOMFY_API_TOKEN}` takes it from the environment',
	},
	...nameFields('the name in the list of accounts'),
	...folded('advanced', {
		comfyOrgApiKey: {
			kind: 'password',
			credential: true,
			icon: 'handshake-o',
			placeholder: 'comfyOrgApiKey',
			help: 'for partner nodes (Kling, Seedream, …): see [partner nodes](inputs-and-files.md#partner-nodes)',
		},
		baseUrl: line(DEFAULT_BASE_URL, {
			check: 'url',
			icon: 'globe',
			example: DEFAULT_BASE_URL,
			help: 'the address of the API. Change it only for a simulator or a proxy',
		}),
		apiVersion: {
			kind: 'select',
			value: 'v1',
			options: ['v1', 'v2'],
			required: true,
			icon: 'code-fork',
			help: 'version of the request endpoints; both have the same calls: keep v1 unless RunComfy tells you otherwise',
		},
		concurrency: line(DEFAULTS.nodeRed.concurrency, {
			required: true,
			check: 'whole',
			icon: 'tasks',
			help: 'requests at RunComfy at the same time, over all flows with this token and base URL; the rest wait in the order of arrival',
		}),
		latestWins: checkbox('a message cancels earlier ones of the same node and topic'),
		stopBelowBalance: line('', {
			check: 'number',
			icon: 'usd',
			placeholder: 'noLimit',
			help: 'an amount in US dollars. If your balance is below it, the node submits nothing, and the message ends in `insufficient_funds`. The node asks for the balance at most once a minute',
		}),
		allowPrivate: checkbox(
			'fetch files also from addresses of this machine and its own network: see [security](../SECURITY.md)',
		),
	}),
};
