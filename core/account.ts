import { asObject, compact, numberOf, textOf } from './answers';
import type { Client } from './client';
import { RunComfyError } from './errors';
import { exchange, type CallOptions } from './exchange';
import { balanceUrl } from './paths';
import { READ_RETRIES } from './retry';
import { READ_TIMEOUT_MS } from './status';

export interface Balance {
	/** US dollars. */
	balance_usd: number;
	/** Millionths of a US dollar. */
	balance_microdollars?: number;
	currency?: string;
}

/**
 * `GET /prod/v2/balance`: costs nothing, so it also tests a token. One balance serves all products.
 * @throws RunComfyError
 */
export async function getBalance(client: Client, options: CallOptions = {}): Promise<Balance> {
	const body = asObject(
		await exchange(
			client,
			{ method: 'GET', url: balanceUrl(client), timeoutMs: READ_TIMEOUT_MS, facts: {} },
			{ ...options, retries: options.retries ?? READ_RETRIES },
		),
	);
	const usd = numberOf(body['balance_usd']);
	if (usd === undefined) {
		throw new RunComfyError('bad_response', 'The answer holds no balance');
	}
	return {
		balance_usd: usd,
		...compact({
			balance_microdollars: numberOf(body['balance_microdollars']),
			currency: textOf(body['currency']),
		}),
	};
}
