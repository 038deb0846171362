import { createHash } from 'crypto';
import { AccountCache, type Client, createClient, trimmed } from '../../../core';
import { runtime } from '../runtime';
import {
	type Context,
	createHost,
	CREDENTIAL,
	type Credential,
	type N8nHost,
} from '../transport/host';
import { hintsOf } from './hints';
import type { Ledger } from './ledger';
import { Tokens } from './tokens';
import type { Trace } from './trace';

/** What every call of one execution shares. */
export type Session = Awaited<ReturnType<typeof openSession>>;

/** What the items of one try of the node also share. */
export interface RunSession extends Session {
	/** Aborts also when the node gives up because an item has failed, or parks: see `cancelsOnAbort`. */
	signal: AbortSignal | undefined;
	ledger: Ledger;
	trace: Trace;
	/** What an earlier process has left if it ended before n8n had stored what it had submitted. */
	note: { isFound(): Promise<boolean> };
	/** Whether an AI agent reads what comes out. */
	forAgent: boolean;
}

/**
 * @throws RunComfyError `auth_failed` without a token, `invalid_input` when the credential's base URL or
 * version cannot be used.
 * @throws NodeOperationError n8n's own, when the node has no credential.
 */
export async function openSession(context: Context) {
	const { client, host, token, tokens } = await openAccount(context);
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return {
		host,
		/** Aborts when the execution is stopped. */
		signal,
		tokens,
		/** Must not appear in any output. */
		secrets: tokens.secrets,
		...accountOf(client, token, signal),
		hint: hintsOf(context),
	};
}

/** The session for what is submitted next: by now, the credential may have another address. */
export async function renewed<S extends Session>(session: S): Promise<S> {
	const { host, client, tokens, signal } = session;
	const now = await tokens.read().catch(() => undefined);
	if (!now || now.baseUrl === client.baseUrl) return session;
	return { ...session, ...accountOf(clientOf(host, now.credential), now.token, signal) };
}

function accountOf(own: Client, token: string, signal: AbortSignal | undefined) {
	const cache = cacheOf(accountKey(own.baseUrl, token));
	const client = { ...own, traffic: cache.traffic };
	return {
		client,
		/** What this and earlier executions have read of the account. */
		cache,
		...cache.reader(client, { signal }),
	};
}

/** The client alone, for a call outside of a run. @throws as `openSession` */
export async function openClient(context: Context, credential: Credential): Promise<Client> {
	return (await openAccount(context, credential)).client;
}

/** @throws NodeOperationError n8n's own, when the node has no credential. */
export function readCredential(context: Context, itemIndex = 0): Promise<Credential> {
	return context.getCredentials<Credential>(CREDENTIAL, itemIndex);
}

/** @param shared the credential, if it was read already */
async function openAccount(context: Context, shared?: Credential) {
	const { id } = context.getNode().credentials?.[CREDENTIAL] ?? {};
	const tokens = new Tokens(id, async (itemIndex) => shared ?? readCredential(context, itemIndex));
	const { token, credential } = await tokens.read();
	const host = createHost(context, {
		secrets: tokens.secrets,
		partnerKey: trimmed(credential['comfyOrgApiKey']) || undefined,
		readFor: (baseUrl) => tokens.readFor(baseUrl),
	});
	return { client: clientOf(host, credential), host, token, tokens };
}

/** @throws RunComfyError `invalid_input` */
function clientOf(host: N8nHost, credential: Credential): Client {
	return createClient({
		host,
		baseUrl: trimmed(credential['baseUrl']),
		apiVersion: trimmed(credential['apiVersion']),
		allowPrivate: credential['allowPrivateAddresses'] === true,
	});
}

/** The key of an account. A digest, because the keys of maps turn up in heap dumps and debuggers. */
export function accountKey(...parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function cacheOf(account: string): AccountCache {
	const cache = runtime.caches.get(account) ?? new AccountCache();
	runtime.caches.set(account, cache);
	return cache;
}
