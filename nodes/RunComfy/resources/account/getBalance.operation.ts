import { getBalance as readBalance } from '../../../../core';
import type { Operation } from '../operation';

export const getBalance: Operation = {
	description: [],

	execute() {
		return async ({ client, signal }) => {
			const balance = await readBalance(client, { signal });
			return [{ json: { ...balance } }];
		};
	},
};
