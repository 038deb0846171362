import type { INodeProperties } from 'n8n-workflow';
import { getBalance } from './account/getBalance';
import { callInstance } from './deployment/callInstance';
import { create, remove, update } from './deployment/changes';
import { get, getMany } from './deployment/reading';
import * as catalog from './model/catalog';
import * as ofModel from './model/requests';
import type { Operation } from './operation';
import { cancel, getStatus } from './request/calls';
import { getResult } from './request/getResult';
import { runAndWait } from './request/runAndWait';
import { submit } from './request/submit';

/**
 * The operations of each resource, by stored value, in the order of the editor's lists. The first one is the default of
 * a new node.
 */
export const RESOURCES: Record<string, Record<string, Operation>> = {
	request: {
		runAndWait,
		submit,
		getStatus: getStatus('deployment'),
		getResult,
		cancel: cancel('deployment'),
	},
	model: {
		runAndWait: ofModel.runAndWait,
		submit: ofModel.submit,
		getStatus: getStatus('model'),
		getResult: ofModel.getResult,
		cancel: cancel('model'),
		search: catalog.search,
		get: catalog.get,
	},
	deployment: { getMany, get, create, update, delete: remove, callInstance },
	account: { getBalance },
};

/** Each resource's list of operations, and the fields of each operation. */
export const operationFields: INodeProperties[] = Object.entries(RESOURCES).flatMap(
	([resource, operations]) => [
		choiceOf(resource, operations),
		...Object.entries(operations).flatMap(([operation, { description }]) =>
			description.map((field) => showFor(resource, operation, field)),
		),
	],
);

function choiceOf(resource: string, operations: Record<string, Operation>): INodeProperties {
	const options = Object.entries(operations).map(([value, { option }]) => ({ value, ...option }));
	const chosen = options[0]?.value ?? '';
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		default: chosen,
		options,
	};
}

function showFor(resource: string, operation: string, field: INodeProperties): INodeProperties {
	const { show, ...rest } = field.displayOptions ?? {};
	return {
		...field,
		displayOptions: { ...rest, show: { resource: [resource], operation: [operation], ...show } },
	};
}
