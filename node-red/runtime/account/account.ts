import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { AccountCache, checkBalance, type Client, getBalance } from '../../../core';
import { perRuntime } from '../runtime';
import { createPools } from './host';
import { Limiter, SharedLimit } from './limiter';

export interface Identity {
	baseUrl: string;
	token: string;
}

/**
 * State shared by all config nodes with the same base URL and token. It outlives them, so that a run that is still
 * being canceled keeps its connections; idle ones close by themselves.
 */
export class Account {
	readonly limit = new SharedLimit();
	readonly cache = new AccountCache();
	readonly dispatcher = createPools();
	readonly refuseLowBalance = createBalanceGuard();
}

const accounts = perRuntime(() => new Map<string, Account>());

export function accountFor(identity: Identity): Account {
	// The key contains only a digest of the token, because keys show up in heap dumps and debuggers.
	const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
	const account = accounts().get(key) ?? new Account();
	accounts().set(key, account);
	return account;
}

/**
 * A config node's settings since the last deploy. Runs that began earlier read them, too: their next request uses the
 * new token, and a submit that still waits respects the new balance limit.
 */
export class Deployed {
	token = '';
	partnerKey?: string | undefined;
	/** US dollars; 0 for no limit. */
	stopBelowBalance = 0;
	/** Includes secrets that a deploy has replaced, because an earlier message may still contain one. */
	readonly secrets: string[] = [];
	/** State shared by all config nodes with this token. */
	account = new Account();
	/** Kept when a deploy changes the token, so that earlier runs still count. */
	readonly limiter = new Limiter();

	set(
		next: Partial<Pick<Deployed, 'token' | 'partnerKey' | 'stopBelowBalance' | 'account'>>,
	): this {
		Object.assign(this, next);
		for (const secret of [next.token, next.partnerKey]) {
			if (secret !== undefined && !this.secrets.includes(secret)) this.secrets.push(secret);
		}
		return this;
	}
}

const deployed = perRuntime(() => new Map<string, Deployed>());

/** Returns the same object for a config node and its successors, as long as the base URL stays the same. */
export function deployedOf(configId: string, baseUrl: string): Deployed {
	const key = JSON.stringify([configId, baseUrl]);
	const found = deployed().get(key) ?? new Deployed();
	deployed().set(key, found);
	return found;
}

/** The secrets of all accounts, for errors that belong to no particular account. */
export function allSecrets(): string[] {
	return [...deployed().values()].flatMap(({ secrets }) => secrets);
}

const GOOD_FOR_MS = 60_000;

/**
 * Reads the balance at most once a minute for all messages, whatever their accounts' limits are; a limit of 0 is no
 * limit. The returned function throws RunComfyError `insufficient_funds` if the balance is below the limit in US
 * dollars, and passes on errors of the call.
 */
function createBalanceGuard() {
	let last: { until: number; balance: ReturnType<typeof getBalance> } | undefined;
	return async (client: Client, limit: number, signal: AbortSignal): Promise<void> => {
		if (limit === 0) return;
		const now = client.host.monotonic();
		if (!last || now >= last.until) {
			const asked = { until: now + GOOD_FOR_MS, balance: getBalance(client) };
			last = asked;
			asked.balance.catch(() => {
				if (last === asked) last = undefined;
			});
		}
		const { balance } = last;
		// An abort ends only this message's wait; others share the same call.
		if (!signal.aborted) await Promise.race([balance, once(signal, 'abort')]);
		signal.throwIfAborted();
		checkBalance(await balance, limit);
	};
}
