import { createHash } from 'crypto';
import type { INodeExecutionData } from 'n8n-workflow';
import {
	AccountCache,
	type Client,
	createClient,
	type Progress,
	type Settled,
	trimmed,
} from '../../../core';
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
	/** Absent if the execution stays in n8n's memory. */
	parking: Parking | undefined;
	trace: Trace;
	/** Whether an AI agent reads what comes out. */
	forAgent: boolean;
}

/** The node reports its items here, so that it parks when nothing is left to be submitted. */
export interface Parking {
	/** Aborts with `Parked` once it is time. */
	readonly signal: AbortSignal;
	/** Something is about to be submitted: what is needed to park may be got ready meanwhile. */
	prepare(): void;
	/** The item is submitted, or its files are fetched. */
	begin(itemIndex: number): void;
	/** RunComfy does not take the submit of the item for now: nothing is done for it until the next attempt begins. */
	refused(itemIndex: number): void;
	/** The item's request was accepted; the node waits for it this many milliseconds. */
	accepted(itemIndex: number, leftMs: number): void;
	/** The status of the request was read; the node waits this many milliseconds longer. */
	polled(itemIndex: number, progress: Progress, leftMs: number): void;
	/** Nothing more is done for the item. */
	end(itemIndex: number): void;
	/**
	 * Parks the execution, with what came of the items so far.
	 * @returns whether n8n takes it; if not, this try goes on in n8n's memory with what is stored in the ledger
	 */
	leave(outcomes: ReadonlyArray<Settled<INodeExecutionData[]>>): Promise<boolean>;
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

function accountOf(client: Client, token: string, signal: AbortSignal | undefined) {
	const cache = cacheOf(accountKey(client.baseUrl, token));
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
