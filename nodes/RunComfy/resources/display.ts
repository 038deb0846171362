import type { INodeProperties } from 'n8n-workflow';
import type { Operation } from './operation';

/** The fields of a resource's operations, each shown for its own operation only. */
export function withDisplay(
	resource: string,
	operations: Record<string, Operation>,
): INodeProperties[] {
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
