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
import {
	getDeploymentInputs,
	listDeploymentInputs,
	searchDeployments,
} from './methods/deployments';
import {
	getModelCategories,
	getModelInputs,
	listModelInputs,
	searchModels,
} from './methods/models';
import { DESCRIPTION } from './parameters/description';
import { resourceFields } from './resources';
import { answerCall, resumeWebhooks } from './wait/wake';

export class RunComfy implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RunComfy',
		name: 'runComfy',
		icon: { light: 'file:runcomfy.svg', dark: 'file:runcomfy.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ $parameter["operation"].replace(/[A-Z]/g, " $&").toLowerCase() + ": " + $parameter["resource"].replace("request", "ComfyUI workflow") }}',
		description: DESCRIPTION,
		defaults: { name: 'RunComfy' },
		usableAsTool: true,
		builderHint: {
			searchHint:
				'Use the resource model for a hosted model such as FLUX, Seedream, Wan or Kling, and the resource request (ComfyUI Workflow) for a ComfyUI workflow or LoRA that the user has deployed on RunComfy. Run and Wait returns the files as binary data.',
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'runComfyApi', required: true }],
		webhooks: resumeWebhooks,
		waitingNodeTooltip:
			'Waiting for RunComfy. n8n continues automatically when the request has ended.',
		properties: resourceFields,
	};

	methods = {
		listSearch: { searchDeployments, searchModels },
		loadOptions: {
			getModelCategories,
			listDeploymentInputs,
			listModelInputs,
		},
		resourceMapping: { getDeploymentInputs, getModelInputs },
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await answerCall(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await route(this, this.continueOnFail());
	}
}
