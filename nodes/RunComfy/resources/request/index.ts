import type { INodeProperties } from 'n8n-workflow';
import type { Resource } from '../operation';
import { withDisplay } from '../display';
import { cancel } from './cancel.operation';
import { getResult } from './getResult.operation';
import { getStatus } from './getStatus.operation';
import { runAndWait } from './runAndWait.operation';
import { submit } from './submit.operation';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['request'] } },
	default: 'runAndWait',
	options: [
		{
			name: 'Cancel',
			value: 'cancel',
			action: 'Cancel a request',
			description: 'Cancel a request that is queued or in progress',
		},
		{
			name: 'Get Result',
			value: 'getResult',
			action: 'Get the files and texts of a request',
			description: 'Get the files and texts of a request, at once or when it has ended',
		},
		{
			name: 'Get Status',
			value: 'getStatus',
			action: 'Check whether a request has ended',
			description: 'Ask whether a request is queued, in progress or completed',
		},
		{
			name: 'Run and Wait',
			value: 'runAndWait',
			action: 'Run a workflow to its end and get its files',
			description:
				'Run a ComfyUI workflow on a GPU, wait until it has ended (often minutes), and get its files',
		},
		{
			name: 'Submit',
			value: 'submit',
			action: 'Start a workflow without waiting for its end',
			description: 'Start a ComfyUI workflow on a GPU and go on at once with the ID of the request',
		},
	],
};

const operations = { cancel, getResult, getStatus, runAndWait, submit };

export const request: Resource = {
	description: [operationField, ...withDisplay('request', operations)],
	operations,
};
