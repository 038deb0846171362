import { getBalance as readBalance } from '../../../../core';
import type { Operation } from '../operation';

export const getBalance: Operation = {
	option: {
		name: 'Get Balance',
		action: 'Get balance of account',
		description: 'Get the money left on the RunComfy account, in US dollars',
	},
	description: [],

	read: () => undefined,

	async run(_nothing, _item, { client, signal }) {
		const balance = await readBalance(client, { signal });
		return [{ json: { ...balance } }];
	},
};
