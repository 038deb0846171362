import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { TargetKind } from '../../../core';
import { getBalance } from './account/getBalance';
import { get, getMany } from './deployment/reading';
import { update } from './deployment/update';
import * as catalog from './model/catalog';
import type { Operation, Resource } from './operation';
import { cancelOperation, statusOperation } from './request/calls';
import { resultOperation } from './request/getResult';
import { KINDS } from './request/kinds';
import { runOperation } from './request/runAndWait';
import { submitOperation } from './request/submit';

/** By stored value, in the order of the editor's list. The first one is the default. */
type Operations = Record<string, Operation>;

/** The operations of a resource that runs targets. */
function requestOperations(kind: TargetKind): Operations {
	return {
		runAndWait: runOperation(kind),
		submit: submitOperation(kind),
		getStatus: statusOperation(kind),
		getResult: resultOperation(kind),
		cancel: cancelOperation(kind),
	};
}

/** All resources, in the order of the editor's list. The first one is the default of a new node. */
const RESOURCES: ReadonlyArray<Resource & { operations: Operations }> = [
	{ ...KINDS.deployment.resource, operations: requestOperations('deployment') },
	{
		...KINDS.model.resource,
		operations: { ...requestOperations('model'), search: catalog.search, get: catalog.get },
	},
	{
		name: 'Deployment',
		value: 'deployment',
		description: 'A ComfyUI workflow deployed on RunComfy, and the GPUs that run it',
		operations: { getMany, get, update },
	},
	{
		name: 'Account',
		value: 'account',
		description: 'The RunComfy account that the credential belongs to',
		operations: { getBalance },
	},
];

export function findOperation(resource: string, operation: string): Operation | undefined {
	return RESOURCES.find(({ value }) => value === resource)?.operations[operation];
}

/** The list of resources, each resource's list of operations, and the fields of each operation. */
export const resourceFields: INodeProperties[] = [
	choice(
		'Resource',
		RESOURCES.map(({ operations: _own, ...option }) => option),
	),
	...RESOURCES.flatMap(({ value: resource, operations }) => [
		{
			...choice(
				'Operation',
				Object.entries(operations).map(([value, { option }]) => ({ value, ...option })),
			),
			displayOptions: { show: { resource: [resource] } },
		},
		...Object.entries(operations).flatMap(([operation, { description }]) =>
			description.map((field) => showFor(resource, operation, field)),
		),
	]),
];

function choice(displayName: string, options: INodePropertyOptions[]): INodeProperties {
	const chosen = options[0]!.value;
	return {
		displayName,
		name: displayName.toLowerCase(),
		type: 'options',
		noDataExpression: true,
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
