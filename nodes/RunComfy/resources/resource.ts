import type { INodeProperties } from 'n8n-workflow';
import type { Operation } from './operation';

export interface Resource {
	/** The choice of the operation, and the fields of each, shown for it only. */
	description: INodeProperties[];
	/** By the value that n8n stores. */
	operations: Record<string, Operation>;
}

/** `chosen`: the operation of a node that was just added. */
export function toResource(
	resource: string,
	chosen: string,
	operations: Record<string, Operation>,
): Resource {
	const description = [
		operationField(resource, chosen, operations),
		...fieldsOf(resource, operations),
	];
	return { description, operations };
}

function operationField(
	resource: string,
	chosen: string,
	operations: Record<string, Operation>,
): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		default: chosen,
		options: Object.entries(operations)
			.map(([value, { option }]) => ({ value, ...option }))
			.sort((a, b) => a.name.localeCompare(b.name)),
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
