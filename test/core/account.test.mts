// Reading the balance, and the limit on it.
import { describe, expect, it } from '@jest/globals';
import { checkBalance, getBalance } from '../../core/index';
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

describe('a limit of the balance', () => {
	const check = (balance_usd: number, limit: number) => () => checkBalance({ balance_usd }, limit);

	it.each([
		[1.2, 5, 'The balance is $1.20, below the limit of $5.00'],
		[4.999, 5, 'The balance is $4.99, below the limit of $5.00'],
		[-0.5, 0, 'The balance is -$0.50, below the limit of $0.00'],
	])('of which %d is below %d says both', (balance_usd, limit_usd, message) => {
		expect(check(balance_usd, limit_usd)).toThrow(
			expect.objectContaining({
				code: 'insufficient_funds',
				message,
				retryable: false,
				hint: expect.stringContaining('Nothing was submitted'),
				details: { reason: 'below_limit', balance_usd, limit_usd },
			}),
		);
	});

	it.each([NaN, -1, Infinity])('is not %d', (limit) => {
		expect(check(1, limit)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
	});

	it.each([
		[5, 5],
		[5.01, 5],
		[0, 0],
	])('lets %d pass if it is %d', (balance, limit) => {
		expect(check(balance, limit)).not.toThrow();
	});
});
