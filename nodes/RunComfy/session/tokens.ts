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

/** A token, and the base URL that it may be sent to. */
interface Access {
	token: string;
	baseUrl: string;
	/** All fields of the credential. */
	credential: Credential;
}

/** How many base URLs of a credential are remembered with their tokens. */
const MOST_ADDRESSES = 5;

/** How many items' credentials are read at the same time. */
const READ_AT_ONCE = 25;

/**
 * The tokens of one credential. The credential is read for each call, so users can replace a token during a run. If
 * they also change the base URL, a request stays at the base URL that accepted it, with the last token read for that
 * URL.
 */
export class Tokens {
	/** All tokens and partner keys read so far. None may appear in any output. */
	readonly secrets: string[] = [];
	/**
	 * The credential as last read for each base URL. Preferred over `lastRead`, since expressions differ between
	 * executions.
	 */
	private readonly own = new Map<string, Credential>();

	/**
	 * @param id the id of the credential
	 * @param readCredential reads the credential for an item. After the node has finished, n8n no longer resolves its
	 * expressions.
	 */
	constructor(
		private readonly id: unknown,
		private readonly readCredential: (itemIndex: number) => Promise<Credential>,
	) {}

	/**
	 * Reads the current credential.
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

	/** The credential for a base URL. @throws RunComfyError `auth_failed` if it has no token */
	async readFor(baseUrl: string): Promise<Credential> {
		const now = await this.read().catch(() => undefined);
		if (now?.baseUrl === baseUrl) return now.credential;
		const earlier = this.own.get(baseUrl) ?? lastRead(this.id).get(baseUrl);
		if (earlier) return earlier;
		throw new RunComfyError(
			'auth_failed',
			`n8n no longer has a token for the base URL ${baseUrl}`,
			{
				hint: 'RunComfy accepted the request at this base URL, but the credential has another one by now. Change it back until the request has ended.',
			},
		);
	}

	/**
	 * All items must use the same account, because limits, the balance and caches belong to one account.
	 * @throws RunComfyError `invalid_input` if an expression gives one of these items another account than item 0
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
		// Trimmed, because the token is trimmed when it is sent.
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

/** The credential as last read by executions of this process, by base URL. */
function lastRead(id: unknown): Map<string, Credential> {
	const { tokens } = runtime;
	const key = String(id);
	const byUrl = tokens.get(key) ?? new Recent<string, Credential>(MOST_ADDRESSES);
	tokens.set(key, byUrl);
	return byUrl;
}
