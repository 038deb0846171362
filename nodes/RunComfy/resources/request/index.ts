import type { INodeProperties } from 'n8n-workflow';
import type { Resource } from '../operation';
import { withDisplay } from '../../shared/display';
import { runAndWait } from './runAndWait';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['request'] } },
	default: 'runAndWait',
	options: [
		{
			name: 'Run and Wait',
			value: 'runAndWait',
			action: 'Run a workflow and wait for its outputs',
			description: 'Run a ComfyUI workflow on a GPU, wait until it has ended, and get its files',
		},
	],
};

const operations = { runAndWait };

export const request: Resource = {
	description: [operationField, ...withDisplay('request', operations)],
	operations,
};
