import { AccountCache } from '../../../core';
import { perRuntime } from '../runtime';
import { createPools } from './host';

/**
 * What an account node and its successors share, for one base URL. It outlives them: a run that began before a deploy
 * uses the new token for its next call, and keeps its connections, which close by themselves when they are idle.
 */
export class Account {
	token = '';
	partnerKey?: string | undefined;
	/** Includes secrets that a deploy has replaced, because an earlier message may still contain one. */
	readonly secrets: string[] = [];
	readonly cache = new AccountCache();
	readonly dispatcher = createPools();

	set(next: Pick<Account, 'token' | 'partnerKey'>): this {
		Object.assign(this, next);
		for (const secret of [next.token, next.partnerKey]) {
			if (secret !== undefined && !this.secrets.includes(secret)) this.secrets.push(secret);
		}
		return this;
	}
}

const accounts = perRuntime(() => new Map<string, Account>());

/** The account of an account node, which is another one once its base URL changes. */
export function accountOf(nodeId: string, baseUrl: string): Account {
	const key = JSON.stringify([nodeId, baseUrl]);
	const account = accounts().get(key) ?? new Account();
	accounts().set(key, account);
	return account;
}

/** The secrets of all accounts, for errors that belong to no particular account. */
export function allSecrets(): string[] {
	return [...accounts().values()].flatMap(({ secrets }) => secrets);
}
