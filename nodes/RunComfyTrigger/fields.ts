import type { INodeProperties } from 'n8n-workflow';
import { optionsField, OUTPUT_OPTIONS } from '../RunComfy/parameters/optionFields';

const secretField: INodeProperties = {
	displayName: 'Secret',
	name: 'secret',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	description:
		'Whoever calls must know it besides the path: add <code>?secret=…</code> to the URL that you give to RunComfy. Callers without it are refused. Best an expression, such as a variable, so that it is not part of the workflow.',
};

const outputOptions = optionsField(OUTPUT_OPTIONS);

export const fields: INodeProperties[] = [
	{
		displayName:
			'Give the production URL above to each request: it is the option <i>Webhook URL</i> of Submit and of Run and Wait. What you add to it as a query, such as <code>?order=17</code>, comes out with the result.',
		name: 'howTo',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Trigger On',
		name: 'statuses',
		type: 'multiOptions',
		required: true,
		default: ['canceled', 'failed', 'succeeded'],
		description: 'The statuses of a request that start the workflow',
		options: [
			{ name: 'Canceled', value: 'canceled', description: 'The request was canceled' },
			{ name: 'Failed', value: 'failed', description: 'The run failed. The item says why.' },
			{
				name: 'In Progress',
				value: 'in_progress',
				description: 'The run has begun. Needs Webhook Intermediate Status at the submit.',
			},
			{
				name: 'In Queue',
				value: 'in_queue',
				description:
					'The request waits for a GPU. Needs Webhook Intermediate Status at the submit.',
			},
			{ name: 'Succeeded', value: 'succeeded', description: 'The run went well' },
		],
	},
	{
		displayName: 'Deployment Names or IDs',
		name: 'deployments',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getDeployments' },
		default: [],
		description:
			'Requests of other deployments do not start the workflow. All of them do when empty. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		...outputOptions,
		options: [...(outputOptions.options as INodeProperties[]), secretField].sort((a, b) =>
			a.displayName.localeCompare(b.displayName),
		),
	},
];
