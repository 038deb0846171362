import type { INodeProperties, IWebhookFunctions } from 'n8n-workflow';
import { checkId, currentValueHint } from '../../core';
import { mistake } from '../RunComfy/parameters/mistakes';
import { optionsField, OUTPUT_OPTIONS } from '../RunComfy/parameters/optionFields';

const secretField: INodeProperties = {
	displayName: 'Secret',
	name: 'secret',
	type: 'string',
	typeOptions: { password: true },
	default: '',
	description:
		'Add <code>?secret=…</code> to the URL that you give to RunComfy. Callers without it are refused. It is best to use an expression, such as a variable, so that the secret is not part of the workflow.',
};

const STATUSES = [
	{ name: 'Succeeded', value: 'succeeded', description: 'The run succeeded' },
	{ name: 'Failed', value: 'failed', description: 'The run failed. The item says why.' },
	{ name: 'Canceled', value: 'canceled', description: 'The request was canceled' },
];

const outputOptions = optionsField('deployment', OUTPUT_OPTIONS);

export const fields: INodeProperties[] = [
	{
		displayName:
			'Publish the workflow, and give its production URL (open <b>Webhook URLs</b> above, choose <b>Production URL</b>) to each request, in the option <i>Webhook URL</i> of Submit or of Run and Wait. A query that you add to it, such as <code>?order=17</code>, comes out with the result. Hosted models never call it.',
		name: 'howTo',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Trigger On',
		name: 'statuses',
		type: 'multiOptions',
		required: true,
		default: ['succeeded'],
		options: STATUSES,
	},
	{
		displayName: 'Deployment Names or IDs',
		name: 'deployments',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getDeployments' },
		default: [],
		description:
			'Only requests of these deployments start the workflow. If empty, all do. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		...outputOptions,
		options: [...(outputOptions.options as INodeProperties[]), secretField].sort((a, b) =>
			a.displayName.localeCompare(b.displayName),
		),
	},
];

/** Reads which events start the workflow. @throws RunComfyError `invalid_input` that names the field */
export function readFilter(context: IWebhookFunctions) {
	const deployments = readStrings(context, 'deployments', 'Deployment Names or IDs');
	return {
		statuses: readStatuses(context),
		/** Deployment ids. Empty for all deployments. */
		deployments: new Set(deployments.map((id) => checkId(id, 'deployment id'))),
	};
}

/** Reads at least one status, because RunComfy does not repeat a call about an event that was filtered out. */
function readStatuses(context: IWebhookFunctions): ReadonlySet<string> {
	const label = 'Trigger On';
	const given = readStrings(context, 'statuses', label);
	const unknown = given.find((one) => !STATUSES.some(({ value }) => value === one));
	if (given.length > 0 && unknown === undefined) return new Set(given);
	throw mistake(
		label,
		'must be "succeeded", "failed" or "canceled", or several of them',
		`${currentValueHint(unknown ?? given)} Correct it soon: RunComfy repeats the call for a day.`,
	);
}

/**
 * Reads the secret; empty if the path is the only secret.
 * @throws RunComfyError `invalid_input` if an expression returns no text, for example because a variable is missing.
 * Otherwise, everyone could call the trigger.
 */
export function readSecret(context: IWebhookFunctions): string {
	const value: unknown = context.getNodeParameter('options.secret', '');
	if (typeof value === 'string') return value.trim();
	throw mistake('Secret', 'must be a text', currentValueHint(value));
}

// An expression may return one text, or several separated by commas.
function readStrings(context: IWebhookFunctions, name: string, label: string): string[] {
	const value: unknown = context.getNodeParameter(name, []);
	const list = typeof value === 'string' ? value.split(',') : (value ?? []);
	if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
		throw mistake(label, 'must be a list of texts', currentValueHint(value));
	}
	return list.map((one: string) => one.trim()).filter((one) => one !== '');
}
