import { createHash } from 'crypto';
import {
	AccountCache,
	type Client,
	createClient,
	type Progress,
	RunComfyError,
	trimmed,
} from '../../../core';
import { runtime } from '../runtime';
import { type Context, createHost, CREDENTIAL, type Credential } from '../transport/host';
import type { Ledger } from './ledger';
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
}

/** Why items under way are left: the node parks, and waits for them when n8n runs it again. */
export class Parked extends Error {
	constructor() {
		super('The execution waits outside of n8n’s memory');
	}
}

/** Says that an item was not begun. */
export class NotStarted extends Error {}

/** Whether the item was not begun, or was left while it was under way: nothing came of it yet. */
export function isInterrupted(error: unknown): boolean {
	return (
		error instanceof NotStarted || (error instanceof RunComfyError && error.code === 'aborted')
	);
}

export class GaveUp extends Error {
	constructor(readonly cancels: boolean) {
		super('Another item has failed');
	}
}

/** Whether a request is to be canceled, now that the signal of its session has aborted. */
export function cancelsOnAbort(
	{ signal }: RunSession,
	{ onStop, onFailure }: { onStop: boolean; onFailure: boolean },
): boolean {
	const reason: unknown = signal?.reason;
	if (reason instanceof Parked) return false;
	return reason instanceof GaveUp ? reason.cancels && onFailure : onStop;
}

/**
 * @throws RunComfyError `auth_failed` without a token, `invalid_input` when the credential's base URL or
 * version cannot be used.
 * @throws NodeOperationError n8n's own, when the node has no credential.
 */
export async function openSession(context: Context) {
	const { client, host, token, secrets } = await openAccount(context);
	const signal =
		'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	const cache = cacheOf(accountKey(client.baseUrl, token));
	const hinted = new Set<string>();
	return {
		client,
		host,
		/** Aborts when the execution is stopped. */
		signal,
		/** Must not appear in any output. */
		secrets,
		/** What this and earlier executions have read of the account. */
		cache,
		...cache.reader(client, { signal }),
		/**
		 * Shows messages above the output of the node, each only once, even if many items have it.
		 * @param about the topic of the messages, to show only the first message about it
		 */
		hint(messages: readonly string[], type: 'warning' | 'info' = 'warning', about?: string): void {
			for (const message of messages) {
				if (hinted.has(about ?? message) || !('addExecutionHints' in context)) continue;
				hinted.add(about ?? message);
				context.addExecutionHints({ message: toHtml(message), type, location: 'outputPane' });
			}
		},
	};
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '\n': '<br>' };

/**
 * A text for a place where n8n renders HTML, such as the description of an error, or a hint. Logs, error
 * workflows and the details of an error show it unrendered, so a ">" stays as it is.
 */
export function toHtml(text: string): string {
	return text.replace(/[&<\n]/g, (char) => ENTITIES[char] ?? char);
}

/** The client alone, for a call outside of a run. @throws as `openSession` */
export async function openClient(context: Context, credential: Credential): Promise<Client> {
	return (await openAccount(context, credential)).client;
}

/** @throws NodeOperationError n8n's own, when the node has no credential. */
export function readCredential(context: Context): Promise<Credential> {
	return context.getCredentials<Credential>(CREDENTIAL);
}

/** @param shared the credential, if it was read already */
async function openAccount(context: Context, shared?: Credential) {
	const credential = shared ?? (await readCredential(context));
	// The token is trimmed here, as it is when it is sent.
	const token = trimmed(credential['apiToken']);
	if (token === '') {
		throw new RunComfyError('auth_failed', 'The credential holds no API token', {
			hint: 'Open the credential, and paste the API token from your RunComfy profile page. If there is an expression, it gives no text.',
		});
	}
	const partnerKey = trimmed(credential['comfyOrgApiKey']) || undefined;
	// Read for each request, so that you can replace a token while a run goes on. When the run of the node has ended, n8n
	// resolves no expressions of a credential any more, and a watcher or a late cancel goes on with what they gave.
	const read = () => readCredential(context).catch(() => credential);
	const host = createHost(context, token, partnerKey, shared ? async () => shared : read);
	const client = createClient({
		host,
		baseUrl: trimmed(credential['baseUrl']),
		apiVersion: trimmed(credential['apiVersion']),
		allowPrivate: credential['allowPrivateAddresses'] === true,
	});
	return { client, host, token, secrets: partnerKey ? [token, partnerKey] : [token] };
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
