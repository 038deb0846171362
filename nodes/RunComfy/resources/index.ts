import type { INodeProperties } from 'n8n-workflow';
import { getBalance } from './account/getBalance.operation';
import { callInstance } from './deployment/callInstance.operation';
import { create } from './deployment/create.operation';
import { remove } from './deployment/delete.operation';
import { get } from './deployment/get.operation';
import { getMany } from './deployment/getMany.operation';
import { update } from './deployment/update.operation';
import { cancel as cancelModel } from './model/cancel.operation';
import { get as getModel } from './model/get.operation';
import { getResult as getModelResult } from './model/getResult.operation';
import { getStatus as getModelStatus } from './model/getStatus.operation';
import { runAndWait as runModel } from './model/runAndWait.operation';
import { search } from './model/search.operation';
import { submit as submitModel } from './model/submit.operation';
import type { Operation } from './operation';
import { cancel } from './request/cancel.operation';
import { getResult } from './request/getResult.operation';
import { getStatus } from './request/getStatus.operation';
import { runAndWait } from './request/runAndWait.operation';
import { submit } from './request/submit.operation';

/**
 * The operations of each resource, by the values that n8n stores, in the order of the lists that people
 * choose from: a node that was just added has the first one.
 */
export const RESOURCES: Record<string, Record<string, Operation>> = {
	request: { runAndWait, submit, getStatus, getResult, cancel },
	model: {
		runAndWait: runModel,
		submit: submitModel,
		getStatus: getModelStatus,
		getResult: getModelResult,
		cancel: cancelModel,
		search,
		get: getModel,
	},
	deployment: { getMany, get, create, update, delete: remove, callInstance },
	account: { getBalance },
};

/** For each resource the choice of its operation, and the fields of each, shown for it only. */
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
