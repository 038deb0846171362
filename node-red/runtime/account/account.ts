import { createHash } from 'node:crypto';
import { AccountCache } from '../../../core';
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
 * new token.
 */
export class Deployed {
	token = '';
	partnerKey?: string | undefined;
	/** Includes secrets that a deploy has replaced, because an earlier message may still contain one. */
	readonly secrets: string[] = [];
	/** State shared by all config nodes with this token. */
	account = new Account();
	/** Kept when a deploy changes the token, so that earlier runs still count. */
	readonly limiter = new Limiter();

	set(next: Partial<Pick<Deployed, 'token' | 'partnerKey' | 'account'>>): this {
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
