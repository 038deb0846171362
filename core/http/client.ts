import { invalidInput, type RunComfyError } from '../errors';
import type { Host } from '../host';
import { trimEnd } from '../text';
import { isPrivateHostname } from './privateAddress';

/** What a credential or config node stores, without the token. */
export interface Client {
	readonly host: Host;
	/** The API's base URL, without a trailing slash. */
	readonly baseUrl: string;
	/** Whether output files on private networks may be fetched. */
	readonly allowPrivate: boolean;
	/** Shared by the clients of one account, through the account's cache. */
	readonly traffic: Traffic;
}

/** Counters shared by the clients of one account. */
export interface Traffic {
	/** Number of requests that are being polled. */
	polled: number;
}

/** Where RunComfy serves its API. */
export const DEFAULT_BASE_URL = 'https://api.runcomfy.net';

/** @throws RunComfyError `invalid_input` */
export function createClient(options: { host: Host; baseUrl?: string | undefined }): Client {
	const baseUrl = checkBaseUrl(options.baseUrl?.trim() || DEFAULT_BASE_URL);
	refuseCleartext(baseUrl);
	const allowPrivate = isPrivateHostname(new URL(baseUrl).hostname);
	return { host: options.host, baseUrl, allowPrivate, traffic: { polled: 0 } };
}

/** @throws RunComfyError `invalid_input` if the token would be sent over the internet as cleartext */
export function refuseCleartext(baseUrl: string): void {
	const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
	if (url?.protocol !== 'http:' || isPrivateHostname(url.hostname)) return;
	throw invalidInput(
		`The base URL ${url.origin} would send the token over the internet, where anyone can read it`,
		'Begin the base URL with https://. For a server on your own network, use its IP address, or a name without a dot.',
	);
}

/** The base URL in the form that a client uses. @throws RunComfyError `invalid_input` */
export function checkBaseUrl(baseUrl: string): string {
	// No message repeats what may be a token in the wrong field, or contain a password.
	const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
	if (!url || !/^https?:$/.test(url.protocol)) {
		throw wrongBaseUrl('The base URL is not a web address');
	}
	if (url.username || url.password || url.search || url.hash) {
		throw wrongBaseUrl('The base URL must not contain a user name, "?" or "#"');
	}
	const address = trimEnd(url.origin + url.pathname, /\//);
	if (/\/prod(\/v\d+)?$/.test(address)) {
		throw wrongBaseUrl(`The base URL "${address}" ends with a part that is added automatically`);
	}
	return address;
}

function wrongBaseUrl(message: string): RunComfyError {
	return invalidInput(
		message,
		`Use ${DEFAULT_BASE_URL}, or the address of your simulator such as http://127.0.0.1:4010.`,
	);
}

/** The storage server answers 403 to the default user agents of HTTP libraries (reported by users; not documented). */
export const USER_AGENT = 'n8n-nodes-runcomfy (+https://www.npmjs.com/package/n8n-nodes-runcomfy)';
