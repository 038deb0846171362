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

/** State shared by all calls of one execution. */
export type Session = Awaited<ReturnType<typeof openSession>>;

/** Adds state that the items of one try share. */
export interface RunSession extends Session {
	/** Also aborts when the node parks, or gives up because an item has failed: see `cancelsOnAbort`. */
	signal: AbortSignal | undefined;
	ledger: Ledger;
	trace: Trace;
	/** Tells whether an earlier process was killed before n8n stored its requests: see `RunNote`. */
	note: { isFound(): Promise<boolean> };
	/** Whether an AI agent reads the output. */
	forAgent: boolean;
}

/**
 * @throws RunComfyError `auth_failed` without a token, `invalid_input` when the credential's base URL or
 * version cannot be used.
 * @throws NodeOperationError n8n's own, when the node has no credential.
 */
export async function openSession(context: Context) {
	const { client, host, token, tokens } = await openCredential(context);
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return {
		host,
		/** Aborts when the execution is stopped. */
		signal,
		tokens,
		/** Must not appear in any output. */
		secrets: tokens.secrets,
		...withCache(client, token, signal),
		hint: hintsOf(context),
	};
}

/** The session for the next submit. The credential's base URL may have changed in the meantime. */
export async function renewed<S extends Session>(session: S): Promise<S> {
	const { host, client, tokens, signal } = session;
	const now = await tokens.read().catch(() => undefined);
	if (!now || now.baseUrl === client.baseUrl) return session;
	return { ...session, ...withCache(clientOf(host, now.credential), now.token, signal) };
}

function withCache(own: Client, token: string, signal: AbortSignal | undefined) {
	const cache = cacheOf(accountKey(own.baseUrl, token));
	const client = { ...own, traffic: cache.traffic };
	return {
		client,
		/** Data that executions in this process have read from the account. */
		cache,
		...cache.reader(client, { signal }),
	};
}

/** Creates only the client, for a call outside of a run. @throws as `openSession` */
export async function openClient(context: Context, credential: Credential): Promise<Client> {
	return (await openCredential(context, credential)).client;
}

/** @throws NodeOperationError n8n's own, when the node has no credential. */
export function readCredential(context: Context, itemIndex = 0): Promise<Credential> {
	return context.getCredentials<Credential>(CREDENTIAL, itemIndex);
}

/** @param shared the credential, if it has been read already */
async function openCredential(context: Context, shared?: Credential) {
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
	});
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
