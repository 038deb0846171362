import { RunComfyError } from './errors/RunComfyError';
import type { Host } from './host';

export type ApiVersion = 'v1' | 'v2';

/** Where and how to reach the API: what a credential or config node holds, without the token. */
export interface Client {
	readonly host: Host;
	/** Origin of the API, without a trailing slash. */
	readonly baseUrl: string;
	/** Prefix of the queue endpoints; management calls are v2 whatever this says. */
	readonly apiVersion: ApiVersion;
}

export const DEFAULT_BASE_URL = 'https://api.runcomfy.net';

/** The documented contract of the queue endpoints states v1. */
export const DEFAULT_API_VERSION: ApiVersion = 'v1';

/**
 * @throws RunComfyError `invalid_input` when the base URL is not an http(s) origin or the version is
 * neither `v1` nor `v2`.
 */
export function createClient(options: {
	host: Host;
	baseUrl?: string | undefined;
	apiVersion?: string | undefined;
}): Client {
	return {
		host: options.host,
		baseUrl: checkBaseUrl(options.baseUrl || DEFAULT_BASE_URL),
		apiVersion: checkApiVersion(options.apiVersion || DEFAULT_API_VERSION),
	};
}

function checkBaseUrl(baseUrl: string): string {
	const url = URL.canParse(baseUrl.trim()) ? new URL(baseUrl.trim()) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
		throw new RunComfyError('invalid_input', `The base URL "${baseUrl}" is not a web address`, {
			hint: `Use ${DEFAULT_BASE_URL}, or the address of your simulator such as http://127.0.0.1:4010.`,
		});
	}
	return (url.origin + url.pathname).replace(/\/+$/, '');
}

function checkApiVersion(version: string): ApiVersion {
	if (version === 'v1' || version === 'v2') return version;
	throw new RunComfyError('invalid_input', `There is no API version "${version}"`, {
		hint: 'Choose v1 or v2.',
	});
}
