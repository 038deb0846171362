import { invalidInput, type RunComfyError } from '../errors';
import type { Host } from '../host';
import { trimEnd } from '../text';
import { isPrivateHostname } from './privateAddress';

type ApiVersion = 'v1' | 'v2';

/** What a credential or config node stores, without the token. */
export interface Client {
	readonly host: Host;
	/** The API's base URL, without a trailing slash. */
	readonly baseUrl: string;
	/** The version in the paths of queue endpoints. Management calls always use v2. */
	readonly apiVersion: ApiVersion;
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

/** From docs.runcomfy.com/serverless/async-queue-endpoints; the page on webhooks shows v2. */
const DEFAULT_API_VERSION: ApiVersion = 'v1';

/** @throws RunComfyError `invalid_input` */
export function createClient(options: {
	host: Host;
	baseUrl?: string | undefined;
	apiVersion?: string | undefined;
	/** Defaults to true only if the API itself is on a private network, such as a simulator. */
	allowPrivate?: boolean | undefined;
}): Client {
	const baseUrl = checkBaseUrl(options.baseUrl?.trim() || DEFAULT_BASE_URL);
	const allowPrivate =
		options.allowPrivate === true || isPrivateHostname(new URL(baseUrl).hostname);
	if (!allowPrivate) refuseCleartext(baseUrl);
	const apiVersion = checkApiVersion(options.apiVersion?.trim() || DEFAULT_API_VERSION);
	return { host: options.host, baseUrl, apiVersion, allowPrivate, traffic: { polled: 0 } };
}

/** A client for a request that RunComfy accepted at this base URL. */
export function clientAt(client: Client, baseUrl: string | undefined): Client {
	if (baseUrl === undefined || baseUrl === client.baseUrl) return client;
	const allowPrivate = client.allowPrivate || isPrivateHostname(new URL(baseUrl).hostname);
	return { ...client, baseUrl, allowPrivate };
}

/** @throws RunComfyError `invalid_input` if the token would be sent over the internet as cleartext */
export function refuseCleartext(baseUrl: string): void {
	const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
	if (url?.protocol !== 'http:' || isPrivateHostname(url.hostname)) return;
	throw invalidInput(
		`The base URL ${url.origin} would send the token over the internet, where anyone can read it`,
		'Begin the base URL with https://. If the server is on your own network, allow private addresses.',
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

function checkApiVersion(version: string): ApiVersion {
	if (version === 'v1' || version === 'v2') return version;
	throw invalidInput(`There is no API version "${version}"`, 'Choose v1 or v2.');
}

/** The storage server answers 403 to the default user agents of HTTP libraries (reported by users; not documented). */
export const USER_AGENT = 'n8n-nodes-runcomfy (+https://www.npmjs.com/package/n8n-nodes-runcomfy)';
