import type { INodeProperties } from 'n8n-workflow';
import type { Operation } from './operation';

export interface Resource {
	/** The choice of the operation, and the fields of each, shown for it only. */
	description: INodeProperties[];
	/** By the value that n8n stores. */
	operations: Record<string, Operation>;
}

/** The operations in the order of the list that people choose from: a node that was just added has the first. */
export function toResource(resource: string, operations: Record<string, Operation>): Resource {
	const description = [operationField(resource, operations), ...fieldsOf(resource, operations)];
	return { description, operations };
}

function operationField(resource: string, operations: Record<string, Operation>): INodeProperties {
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

function fieldsOf(resource: string, operations: Record<string, Operation>): INodeProperties[] {
	return Object.entries(operations).flatMap(([operation, { description }]) =>
		description.map((field) => ({
			...field,
			displayOptions: {
				...field.displayOptions,
				show: { resource: [resource], operation: [operation], ...field.displayOptions?.show },
			},
		})),
	);
}
