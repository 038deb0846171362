import { RunComfyError } from '../errors';
import type { Client } from '../http/client';
import { type CallOptions, exchange } from '../http/exchange';
import { balanceUrl } from '../http/paths';
import { asNumber, asObject, asText, compact, type JsonObject } from '../json/objects';

export interface Balance {
	/** US dollars. */
	balance_usd: number;
	/** Millionths of a US dollar. */
	balance_microdollars?: number;
	currency?: string;
}

/**
 * `GET /prod/v2/balance` (as github.com/runcomfy-com/runcomfy-cli calls it): costs nothing, so it also tests a token. One balance serves all products.
 * @throws RunComfyError
 */
export async function getBalance(client: Client, options: CallOptions = {}): Promise<Balance> {
	return exchange(
		client,
		{
			method: 'GET',
			url: balanceUrl(client),
			facts: {},
			read: (body) => readBalance(asObject(body)),
		},
		options,
	);
}

function readBalance(body: JsonObject): Balance {
	const micro = asNumber(body['balance_microdollars']);
	const usd = asNumber(body['balance_usd']) ?? (micro === undefined ? undefined : micro / 1e6);
	if (usd === undefined) {
		throw new RunComfyError('bad_response', 'The answer holds no balance');
	}
	return {
		balance_usd: usd,
		...compact({ balance_microdollars: micro, currency: asText(body['currency']) }),
	};
}
