import { getBalance as readBalance } from '../../../../core';
import type { Operation } from '../operation';

export const getBalance: Operation = {
	option: {
		name: 'Get Balance',
		action: 'Get account balance',
		description: 'Retrieve the balance of the RunComfy account, in US dollars',
	},
	description: [],

	read: () => undefined,

	async run(_nothing, _item, { client, signal }) {
		const balance = await readBalance(client, { signal });
		return [{ json: { ...balance } }];
	},
};
