import {
	checkBaseUrl,
	DEFAULT_BASE_URL,
	invalidInput,
	mapSettled,
	messageOf,
	RunComfyError,
	trimmed,
} from '../../../core';
import type { Credential } from '../transport/host';

/** A token, and the base URL that it may be sent to. */
interface Access {
	token: string;
	baseUrl: string;
	/** All fields of the credential. */
	credential: Credential;
}

/** How many items' credentials are read at the same time. */
const READ_AT_ONCE = 25;

/**
 * The tokens of one credential. The credential is read for each call, so users can replace a token during a run, but not
 * the base URL: a run stays at the one where it began.
 */
export class Tokens {
	/** All tokens and partner keys read so far. None may appear in any output. */
	readonly secrets: string[] = [];
	private last: Access | undefined;

	constructor(private readonly readCredential: (itemIndex: number) => Promise<Credential>) {}

	/**
	 * Reads the current credential. Once it cannot be read, returns what was last read: after the node has finished, n8n
	 * no longer resolves expressions, which the watcher of a parked execution needs.
	 * @param baseUrl where the run began
	 * @throws RunComfyError `auth_failed` without a token or with another base URL, `invalid_input` for a base URL that
	 * cannot be used
	 * @throws NodeOperationError n8n's own, when the node has no credential
	 */
	async read(baseUrl?: string): Promise<Access> {
		const now = await this.readNow();
		if (baseUrl === undefined || now.baseUrl === baseUrl) return now;
		throw new RunComfyError(
			'auth_failed',
			`The credential’s base URL has changed from ${baseUrl} to ${now.baseUrl}`,
			{
				hint: 'What this run has submitted is at the first address, so nothing is sent to the other one. Change the base URL back until the requests have ended.',
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

	private async readNow(): Promise<Access> {
		const read = this.readCredential(0).then((credential) => this.accessIn(credential));
		this.last = await read.catch((error: unknown) => this.last ?? Promise.reject<never>(error));
		return this.last;
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
