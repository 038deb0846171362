import { createHash } from 'node:crypto';
import type { Dispatcher } from 'undici';
import {
	type Balance,
	type Client,
	createModelCache,
	createWorkflowCache,
	getBalance,
	type ModelCache,
	refuseBelow,
	type WorkflowCache,
} from '../../../core/index.js';
import { perRuntime } from '../runtime.cjs';
import { createLimiter, type Limiter } from './limiter.cjs';
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
	/** What was read of its deployments. */
	readonly workflows: WorkflowCache;
	/** What was read of hosted models. */
	readonly models: ModelCache;
	readonly balance: BalanceGuard;
}

export interface Identity {
	baseUrl: string;
	token: string;
}

export interface Lease {
	readonly account: Account;
	/** To be called once. */
	release(): void;
}

interface Entry {
	account: Account;
	leases: number;
	close: () => void;
}

const entries = perRuntime(() => new Map<string, Entry>());

/** Leases the account of an identity, each time that the function it returns is called. */
export function createLeasing(identity: Identity): () => Lease {
	const key = keyOf(identity);
	return () => lease(key);
}

// Only a digest of the token is kept as key: keys turn up in heap dumps and debuggers.
function keyOf(identity: Identity): string {
	return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

function lease(key: string): Lease {
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
}

/** How many accounts are in use. */
export function countAccounts(): number {
	return entries().size;
}

function open(): Entry {
	let pool: Dispatcher | undefined;
	let publicPool: Dispatcher | undefined;
	return {
		account: {
			limiter: createLimiter(),
			dispatcher: ({ publicOnly }) =>
				publicOnly ? (publicPool ??= createPool({ publicOnly })) : (pool ??= createPool()),
			workflows: createWorkflowCache(),
			models: createModelCache(),
			balance: createBalanceGuard(),
		},
		leases: 0,
		close() {
			for (const one of [pool, publicPool]) one?.close().catch(() => undefined);
			// A late answer may still ask for a cancel, whose connections close by themselves when idle.
			pool = publicPool = undefined;
		},
	};
}

/** Keeps an account from being used up. */
export interface BalanceGuard {
	/**
	 * Asks for the balance, once a minute for all messages, whatever the limits of their accounts are. A limit
	 * of 0 is no limit.
	 * @throws RunComfyError `insufficient_funds` if it is below the limit, in US dollars; what the call throws
	 */
	refuseBelow(client: Client, limit: number): Promise<void>;
}

const GOOD_FOR_MS = 60_000;

export function createBalanceGuard(): BalanceGuard {
	let last: { until: number; balance: Promise<Balance> } | undefined;
	return {
		async refuseBelow(client, limit) {
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
		},
	};
}

/** US dollars, from the field of a config node; 0 for none. */
export function readBalanceLimit(value: unknown): number {
	const limit = Number(value ?? 0);
	return limit > 0 ? limit : 0;
}
