// Nodes beside ours, as small as n8n takes them.
import type { INodeType, INodeTypeDescription } from 'n8n-workflow';

export const nodeTypeOf = (
	name: string,
	{
		description,
		...work
	}: Omit<Partial<INodeType>, 'description'> & {
		description?: Partial<INodeTypeDescription>;
	},
): INodeType => ({
	description: {
		displayName: name,
		name,
		description: name,
		defaults: { name },
		group: ['transform'],
		version: 1,
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...description,
	},
	...work,
});

/** Hands its items on that many times: in a loop, the nodes before it run once more each time. */
export const again = (times: number): INodeType =>
	nodeTypeOf('again', {
		async execute() {
			const kept = this.getContext('node');
			kept['count'] = Number(kept['count'] ?? 0) + 1;
			return [kept['count'] > times ? [] : this.getInputData()];
		},
	});
