import type { INodeProperties } from 'n8n-workflow';
import { deleteDeployment, RunComfyError } from '../../../../core';
import { deploymentField, readDeploymentId } from '../../parameters/ids';
import type { Operation } from '../operation';

/** Not for an expression, so that no agent can tick it. Workflows from before version 1.1 have none. */
const confirmField: INodeProperties = {
	displayName: 'Delete Permanently',
	name: 'confirmDelete',
	type: 'boolean',
	noDataExpression: true,
	default: false,
	description:
		'Whether to delete the deployment permanently. Nothing is deleted unless you turn this on.',
	displayOptions: { show: { '@version': [{ _cnd: { gte: 1.1 } }] } },
};

export const remove: Operation<string> = {
	option: {
		name: 'Delete',
		action: 'Delete deployment',
		description:
			'Delete a deployment permanently. To pause it instead, use Update with Enabled turned off.',
	},
	inTurn: true,
	description: [deploymentField, confirmField],

	read({ context, itemIndex }) {
		const { typeVersion } = context.getNode();
		if (
			typeVersion >= 1.1 &&
			context.getNodeParameter('confirmDelete', itemIndex, false) !== true
		) {
			throw new RunComfyError('invalid_input', 'The deletion is not confirmed', {
				hint: `Turn ${confirmField.displayName} on in the node. Nothing was deleted.`,
			});
		}
		return readDeploymentId(context, itemIndex);
	},

	async run(id, _item, { client, signal }) {
		return [{ json: { ...(await deleteDeployment(client, id, { signal })) } }];
	},
};
