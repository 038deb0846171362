import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { route } from './execute/router';
import { searchDeployments } from './methods/deployments';
import { getFileNodes, getInputs, getWorkflowInputs } from './methods/workflowInputs';
import { operationFields } from './resources';
import { answerCall, resumeWebhooks } from './wait/resume';

export class RunComfy implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RunComfy',
		name: 'runComfy',
		icon: { light: 'file:runcomfy.svg', dark: 'file:runcomfy.dark.svg' },
		group: ['transform'],
		version: [1, 1.1],
		defaultVersion: 1.1,
		subtitle:
			'={{ $parameter["operation"].replace(/[A-Z]/g, " $&").toLowerCase() + ": " + $parameter["resource"] }}',
		description: 'Run ComfyUI workflows on GPUs and get images, videos, sounds and texts',
		defaults: { name: 'RunComfy' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'runComfyApi', required: true }],
		webhooks: resumeWebhooks,
		waitingNodeTooltip: 'Waiting for RunComfy. n8n goes on by itself when the request has ended.',
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'request',
				options: [
					{
						name: 'Request',
						value: 'request',
						description: 'One run of a deployed workflow, from its inputs to its files',
					},
					{
						name: 'Deployment',
						value: 'deployment',
						description: 'A ComfyUI workflow that is ready to take requests, and its GPUs',
					},
					{
						name: 'Account',
						value: 'account',
						description: 'The RunComfy account that the credential belongs to',
					},
				],
			},
			...operationFields,
		],
	};

	methods = {
		listSearch: { searchDeployments },
		loadOptions: { getFileNodes, getInputs },
		resourceMapping: { getWorkflowInputs },
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await answerCall(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await route(this, this.continueOnFail());
	}
}
