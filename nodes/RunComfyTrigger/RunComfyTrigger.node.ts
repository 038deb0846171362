import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { toNodeError } from '../RunComfy/items/errors';
import { getDeployments } from '../RunComfy/methods/deployments';
import { DESCRIPTION } from '../RunComfy/parameters/description';
import { deliver } from './deliver';
import { fields } from './parameters';
import { receive } from './receive';

export class RunComfyTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RunComfy Trigger',
		name: 'runComfyTrigger',
		icon: { light: 'file:../RunComfy/runcomfy.svg', dark: 'file:../RunComfy/runcomfy.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ [].concat($parameter["statuses"]).join(", ") }}',
		description: DESCRIPTION,
		eventTriggerDescription: 'Waiting for RunComfy to call the test URL',
		activationMessage:
			'RunComfy can now call the production URL. Give it to each request as its Webhook URL.',
		triggerPanel: {
			header: 'Starts the workflow when a RunComfy request ends',
			executionsHelp: {
				inactive:
					'<b>To try it out</b>, click Listen and copy the test URL (under Webhook URLs). In the RunComfy node, paste it into the option <i>Webhook URL</i> of Submit (or Run and Wait), then run that node. <b>For real</b>, publish this workflow and use the production URL: open Webhook URLs in the node, and choose Production URL.<br /><br />RunComfy calls from the internet, so it can only reach public https addresses.',
				active:
					'<b>To try it out</b>, click Listen and copy the test URL (under Webhook URLs). In the RunComfy node, paste it into the option <i>Webhook URL</i> of Submit (or Run and Wait), then run that node.<br /><br />Requests that were submitted with the production URL start this workflow by themselves: see the list of executions.',
			},
			activationHint:
				'Once published, requests with the production URL as their Webhook URL start this workflow.',
		},
		defaults: { name: 'RunComfy Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'runComfyApi', required: true }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				path: 'runcomfy',
				responseMode: 'onReceived',
				// Makes n8n take the response body from `webhook()` after storing the execution.
				responseData: '',
			},
		],
		properties: fields,
	};

	methods = {
		loadOptions: { getDeployments },
	};

	// Nothing to register at RunComfy: each request has its own webhook URL.
	webhookMethods = {
		default: {
			checkExists: async (): Promise<boolean> => true,
			create: async (): Promise<boolean> => true,
			delete: async (): Promise<boolean> => true,
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		try {
			return await receive(this);
		} catch (error) {
			// n8n shows it as a failed execution, and RunComfy calls again.
			throw toNodeError(error, { node: this.getNode() });
		}
	}

	/** Downloads the files as the first step of the execution, however long that takes. */
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await deliver(this);
	}
}
