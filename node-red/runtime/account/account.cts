import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { AccountCache, checkBalance, type Client, getBalance } from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';
import { createPools } from './host.cjs';
import { Limiter, SharedLimit } from './limiter.cjs';

export interface Identity {
	baseUrl: string;
	token: string;
}

/**
 * What every config node with the same base URL and token shares. It outlives them, so that a run that is still
 * cancelling keeps its connections; those that are idle close by themselves.
 */
export class Account {
	readonly limit = new SharedLimit();
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

/**
 * What a config node says since the last deploy. Runs that began earlier read it, too: their next request has the new
 * token, and a submit that still waits respects the new limit of the balance.
 */
export class Deployed {
	token = '';
	partnerKey?: string | undefined;
	/** US dollars; 0 for no limit. */
	stopBelowBalance = 0;
	/** Those that a deploy has replaced are among them: an earlier message may hold one. */
	readonly secrets: string[] = [];
	/** What is known of the account of this token. */
	account = new Account();
	/** Whatever token a deploy sets, what runs and waits goes on counting. */
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

/** The same one for a config node and its successors, as long as the address is the same, too. */
export function deployedOf(configId: string, baseUrl: string): Deployed {
	const key = JSON.stringify([configId, baseUrl]);
	const known = deployed().get(key) ?? new Deployed();
	deployed().set(key, known);
	return known;
}

/** The secrets of all accounts, for what is said of no account in particular. */
export function knownSecrets(): string[] {
	return [...deployed().values()].flatMap(({ secrets }) => secrets);
}

const GOOD_FOR_MS = 60_000;

/**
 * Asks for the balance, once a minute for all messages, whatever the limits of their accounts are. A limit
 * of 0 is no limit. What it returns throws RunComfyError `insufficient_funds` if the balance is below the
 * limit, in US dollars, and what the call throws.
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
		// An abort ends the wait of one message. The others wait for the same call.
		if (!signal.aborted) await Promise.race([balance, once(signal, 'abort')]);
		signal.throwIfAborted();
		checkBalance(await balance, limit);
	};
}
