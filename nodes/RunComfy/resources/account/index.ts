import type { INodeProperties } from 'n8n-workflow';
import type { Resource } from '../operation';
import { getBalance } from './getBalance.operation';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['account'] } },
	default: 'getBalance',
	options: [
		{
			name: 'Get Balance',
			value: 'getBalance',
			action: 'Get the balance of the account',
			description: 'Get the money left on the RunComfy account, in US dollars',
		},
	],
};

export const account: Resource = { description: [operationField], operations: { getBalance } };
