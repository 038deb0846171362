import { getBalance as readBalance } from '../../../../core';
import type { Operation } from '../operation';

export const getBalance: Operation = {
	description: [],

	read: () => undefined,

	async run(_nothing, _item, { client, signal }) {
		const balance = await readBalance(client, { signal });
		return [{ json: { ...balance } }];
	},
};
