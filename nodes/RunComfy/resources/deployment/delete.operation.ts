import { deleteDeployment } from '../../../../core';
import { deploymentField, readDeploymentId } from '../../parameters/ids';
import type { Operation } from '../operation';

export const remove: Operation<string> = {
	option: {
		name: 'Delete',
		action: 'Delete deployment',
		description:
			'Delete a deployment for good. To pause it instead, use Update with Enabled turned off.',
	},
	inTurn: true,
	description: [deploymentField],

	read: ({ context, itemIndex }) => readDeploymentId(context, itemIndex),

	async run(id, _item, { client, signal }) {
		return [{ json: { ...(await deleteDeployment(client, id, { signal })) } }];
	},
};
