import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import {
	AccountCache,
	type Balance,
	type Client,
	getBalance,
	refuseBelow,
} from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';
import { Limiter } from './limiter.cjs';
import { createPool, type PoolKind } from './pool.cjs';

/**
 * What every config node with the same base URL and token shares: connections and the limit on
 * concurrent requests. Lives until its last lease is given back, so that a job that is still
 * cancelling keeps its connections when its config node has closed. What is asked for even later, as
 * when the answer to a submit comes after its job has ended, gets connections of its own.
 */
export interface Account {
	readonly limiter: Limiter;
	/** @throws RunComfyError when undici is missing */
	dispatcher(kind: PoolKind): Dispatcher;
	readonly cache: AccountCache;
	readonly refuseLowBalance: ReturnType<typeof createBalanceGuard>;
}

export interface Identity {
	baseUrl: string;
	token: string;
}

interface Entry {
	account: Account;
	leases: number;
	close: () => void;
}

const entries = perRuntime(() => new Map<string, Entry>());

/** @returns a function that leases the account of an identity; each lease is to be released once */
export function createLeasing(identity: Identity) {
	// Only a digest of the token is kept as key: keys turn up in heap dumps and debuggers.
	const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
	return () => {
		const known = entries();
		const entry = known.get(key) ?? open();
		known.set(key, entry);
		entry.leases += 1;
		return {
			account: entry.account,
			release() {
				entry.leases -= 1;
				if (entry.leases > 0) return;
				if (known.get(key) === entry) known.delete(key);
				entry.close();
			},
		};
	};
}

export function countAccounts(): number {
	return entries().size;
}

function open(): Entry {
	let pool: Dispatcher | undefined;
	let publicPool: Dispatcher | undefined;
	return {
		account: {
			limiter: new Limiter(),
			dispatcher: ({ publicOnly }) =>
				publicOnly ? (publicPool ??= createPool({ publicOnly })) : (pool ??= createPool()),
			cache: new AccountCache(),
			refuseLowBalance: createBalanceGuard(),
		},
		leases: 0,
		close() {
			for (const one of [pool, publicPool]) one?.close().catch(() => undefined);
			// A late answer may still ask for a cancel, whose connections close by themselves when idle.
			pool = publicPool = undefined;
		},
	};
}

const GOOD_FOR_MS = 60_000;

/**
 * Asks for the balance, once a minute for all messages, whatever the limits of their accounts are. A limit
 * of 0 is no limit. What it returns throws RunComfyError `insufficient_funds` if the balance is below the
 * limit, in US dollars, and what the call throws.
 */
function createBalanceGuard() {
	let last: { until: number; balance: Promise<Balance> } | undefined;
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
		refuseBelow(await last.balance, limit);
	};
}
