// Reading the balance.
import { describe, expect, it } from '@jest/globals';
import { getBalance } from '../../core/index';
import { clientOf, json } from './support/virtualHost.mts';

describe('the balance', () => {
	it.each([
		[{ balance_usd: 12.34, balance_microdollars: 12340000, currency: 'USD' }],
		[{ balance_usd: 0 }],
		[{ balance_usd: -1.5 }],
	])('%j', async (balance) => {
		expect(await getBalance(clientOf(json({ ...balance, more: 1 })).client)).toEqual(balance);
	});

	it('may come in millionths only', async () => {
		expect(await getBalance(clientOf(json({ balance_microdollars: 2_500_000 })).client)).toEqual({
			balance_usd: 2.5,
			balance_microdollars: 2_500_000,
		});
	});

	it.each([[{}], [[]], [{ balance_usd: 'much' }], [{ balance_usd: null }]])(
		'is not in %j',
		async (body) => {
			await expect(getBalance(clientOf(json(body)).client)).rejects.toMatchObject({
				code: 'bad_response',
				message: expect.stringContaining('holds no balance'),
			});
		},
	);
});
