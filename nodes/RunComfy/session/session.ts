import { createHash } from 'crypto';
import { AccountCache, createClient, trimmed } from '../../../core';
import { runtime } from '../runtime';
import { type Context, createHost, CREDENTIAL, type Credential } from '../transport/host';
import { hintsOf } from './hints';
import type { Ledger } from './ledger';
import { Tokens } from './tokens';

/** State shared by all calls of one execution. */
export type Session = Awaited<ReturnType<typeof openSession>>;

/** Adds what the items of one try share. */
export interface RunSession extends Session {
	ledger: Ledger;
	/** Whether an AI agent reads the output. */
	forAgent: boolean;
}

/**
 * @param wantedUrl the only base URL that the run may use; by default, that of the credential
 * @throws RunComfyError `auth_failed` without a token or with another base URL, `invalid_input` when the credential's
 * base URL cannot be used.
 * @throws NodeOperationError n8n's own, when the node has no credential.
 */
export async function openSession(context: Context, wantedUrl?: string) {
	const tokens = new Tokens((item) => context.getCredentials<Credential>(CREDENTIAL, item));
	const { token, credential, baseUrl } = await tokens.read(wantedUrl);
	const host = createHost(context, {
		secrets: tokens.secrets,
		partnerKey: trimmed(credential['comfyOrgApiKey']) || undefined,
		credential: async () => (await tokens.read(baseUrl)).credential,
	});
	const cache = cacheOf(accountKey(baseUrl, token));
	const client = { ...createClient({ host, baseUrl }), traffic: cache.traffic };
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return {
		host,
		/** Aborts when the execution is stopped. */
		signal,
		tokens,
		/** Must not appear in any output. */
		secrets: tokens.secrets,
		client,
		/** Data that executions in this process have read from the account. */
		cache,
		...cache.reader(client, { signal }),
		hint: hintsOf(context),
	};
}

/** The key of an account. Hashed, because map keys show up in heap dumps and debuggers. */
export function accountKey(...parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function cacheOf(account: string): AccountCache {
	const cache = runtime.caches.get(account) ?? new AccountCache();
	runtime.caches.set(account, cache);
	return cache;
}
