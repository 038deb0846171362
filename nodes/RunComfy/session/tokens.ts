import {
	checkBaseUrl,
	DEFAULT_BASE_URL,
	invalidInput,
	mapSettled,
	messageOf,
	Recent,
	RunComfyError,
	trimmed,
} from '../../../core';
import { runtime } from '../runtime';
import type { Credential } from '../transport/host';

/** What a credential gives: a token, and the address of the API, which alone may get it. */
interface Access {
	token: string;
	baseUrl: string;
	/** All of its fields, as n8n gave them. */
	credential: Credential;
}

/** Addresses of one credential whose tokens are remembered. */
const MOST_ADDRESSES = 5;

/** Credentials that n8n reads at the same time. */
const READ_AT_ONCE = 25;

/**
 * The tokens of one credential. It is read for each request, so that you can replace a token while a run goes on. If
 * you also change the address, a request stays at the one that accepted it, and gets the last token that was read with that.
 */
export class Tokens {
	/** Every token and partner key that was read: none may appear in any output. */
	readonly secrets: string[] = [];
	/** What was read last with each address. Those of other executions are not as good: an expression may give each its own. */
	private readonly own = new Map<string, Credential>();

	/**
	 * @param id of the credential
	 * @param readCredential reads it for an item. When the run of the node has ended, n8n resolves no expressions any more.
	 */
	constructor(
		private readonly id: unknown,
		private readonly readCredential: (itemIndex: number) => Promise<Credential>,
	) {}

	/**
	 * The credential as it is now.
	 * @throws RunComfyError `auth_failed` without a token, `invalid_input` for a base URL that cannot be used
	 * @throws NodeOperationError n8n's own, when the node has no credential
	 */
	async read(): Promise<Access> {
		const access = this.accessIn(await this.readCredential(0));
		const { baseUrl, credential } = access;
		this.own.set(baseUrl, credential);
		lastRead(this.id).set(baseUrl, credential);
		return access;
	}

	/** The credential with the token for an address of the API. @throws RunComfyError `auth_failed` if none is known. */
	async readFor(baseUrl: string): Promise<Credential> {
		const now = await this.read().catch(() => undefined);
		if (now?.baseUrl === baseUrl) return now.credential;
		const known = this.own.get(baseUrl) ?? lastRead(this.id).get(baseUrl);
		if (known) return known;
		throw new RunComfyError(
			'auth_failed',
			`There is no token for the base URL ${baseUrl} any more`,
			{
				hint: 'RunComfy accepted the request at this base URL, but the credential has another one by now. Change it back until the request has ended.',
			},
		);
	}

	/**
	 * The balance, the limits and what was read of an account count for all items.
	 * @throws RunComfyError `invalid_input` unless the credential gives all of these items the account of the first one
	 */
	async expectOneAccount(itemIndexes: readonly number[]): Promise<void> {
		const others = itemIndexes.filter((itemIndex) => itemIndex > 0);
		if (others.length === 0) return;
		const { token, baseUrl } = await this.read();
		const read = await mapSettled(others, READ_AT_ONCE, async (itemIndex) =>
			this.accessIn(await this.readCredential(itemIndex)),
		);
		for (const [at, one] of read.entries()) {
			const item = `item ${others[at]}`;
			if (!one.ok) {
				throw invalidInput(
					`The credential cannot be read for ${item}: ${messageOf(one.error)}`,
					ONE_ACCOUNT,
				);
			}
			if (one.value.token === token && one.value.baseUrl === baseUrl) continue;
			throw invalidInput(`The credential gives ${item} another account than item 0`, ONE_ACCOUNT);
		}
	}

	private accessIn(credential: Credential): Access {
		const token = trimmed(credential['apiToken']);
		// The token is trimmed here, as it is when it is sent.
		for (const secret of [token, trimmed(credential['comfyOrgApiKey'])]) {
			if (secret !== '' && !this.secrets.includes(secret)) this.secrets.push(secret);
		}
		if (token === '') {
			throw new RunComfyError('auth_failed', 'The credential holds no API token', {
				hint: 'Open the credential, and paste the API token from your RunComfy profile page. If there is an expression, it gives no text.',
			});
		}
		const baseUrl = checkBaseUrl(trimmed(credential['baseUrl']) || DEFAULT_BASE_URL);
		return { token, baseUrl, credential };
	}
}

const ONE_ACCOUNT =
	'All items of one run of the node share an account, so nothing was submitted. To use several, put the node into a loop (Loop Over Items) with a batch size of 1.';

/** What the executions of this process read last of a credential, by address. */
function lastRead(id: unknown): Map<string, Credential> {
	const { tokens } = runtime;
	const key = String(id);
	const known = tokens.get(key) ?? new Recent<string, Credential>(MOST_ADDRESSES);
	tokens.set(key, known);
	return known;
}
