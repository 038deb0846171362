import { deleteDeployment } from '../../../../core';
import { deploymentField, readDeploymentId } from '../../parameters/deployment';
import type { Operation } from '../operation';

export const remove: Operation = {
	inTurn: true,
	description: [deploymentField],

	execute(context, itemIndex) {
		const id = readDeploymentId(context, itemIndex);
		return async ({ client, signal }) => {
			const deleted = await deleteDeployment(client, id, { signal });
			return [{ json: { ...deleted } }];
		};
	},
};
