import { createHash } from 'node:crypto';
import { AccountCache, checkBalance, type Client, getBalance } from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';
import { Limiter } from './limiter.cjs';
import { createPools } from './pool.cjs';

export interface Identity {
	baseUrl: string;
	token: string;
}

/**
 * What every config node with the same base URL and token shares. It outlives them, so that a run that is still
 * cancelling keeps its connections; those that are idle close by themselves.
 */
export class Account {
	readonly limiter = new Limiter();
	readonly cache = new AccountCache();
	readonly dispatcher = createPools();
	readonly refuseLowBalance = createBalanceGuard();
}

const accounts = perRuntime(() => new Map<string, Account>());

export function accountOf(identity: Identity): Account {
	// Only a digest of the token is kept as key: keys turn up in heap dumps and debuggers.
	const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
	const account = accounts().get(key) ?? new Account();
	accounts().set(key, account);
	return account;
}

const GOOD_FOR_MS = 60_000;

/**
 * Asks for the balance, once a minute for all messages, whatever the limits of their accounts are. A limit
 * of 0 is no limit. What it returns throws RunComfyError `insufficient_funds` if the balance is below the
 * limit, in US dollars, and what the call throws.
 */
function createBalanceGuard() {
	let last: { until: number; balance: ReturnType<typeof getBalance> } | undefined;
	return async (client: Client, limit: number): Promise<void> => {
		if (limit === 0) return;
		const now = client.host.monotonic();
		if (!last || now >= last.until) {
			const asked = { until: now + GOOD_FOR_MS, balance: getBalance(client) };
			last = asked;
			asked.balance.catch(() => {
				if (last === asked) last = undefined;
			});
		}
		checkBalance(await last.balance, limit);
	};
}
