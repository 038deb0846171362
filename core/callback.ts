import { checkId } from './http/paths';
import { asObject, tried } from './json/objects';
import type { RequestRef } from './target';

/**
 * A webhook call that RunComfy makes at the end of a request (docs.runcomfy.com/serverless/webhooks). The call is not
 * signed, so only its ids are used: everything else is read from RunComfy.
 */
export interface Callback {
	/** Only deployments have callbacks. */
	ref: RequestRef & { deploymentId: string };
	/** The query of the called URL without the secret. If a name occurs twice, the last value counts. */
	query: Record<string, string>;
}

/** The query parameter that carries the secret. */
const SECRET_PARAMETER = 'secret';

/**
 * Reads the callback from a call; undefined if the call is not one.
 * @param url as called, with or without its origin
 * @param body the parsed JSON
 */
export function toCallback(url: string | undefined, body: unknown): Callback | undefined {
	const { request_id, deployment_id } = asObject(body);
	const ref = tried(() => ({
		deploymentId: checkId(deployment_id, 'deployment id'),
		requestId: checkId(request_id, 'request id'),
	}));
	return ref && { ref, query: plainQuery(url) };
}

/**
 * Whether a call carries the secret in the query of its URL. Always compares every character, so that the time taken
 * does not reveal where the two differ.
 */
export function bringsSecret(url: string | undefined, secret: string): boolean {
	const brought = queryOf(url).get(SECRET_PARAMETER) ?? '';
	let different = brought.length ^ secret.length;
	for (let at = 0; at < brought.length; at += 1) {
		different |= brought.charCodeAt(at) ^ secret.charCodeAt(at % secret.length);
	}
	return different === 0;
}

/** The name of the secret, and a name that flows cannot copy safely. */
const UNWANTED = new Set([SECRET_PARAMETER, '__proto__']);

function plainQuery(url: string | undefined): Record<string, string> {
	return Object.fromEntries([...queryOf(url)].filter(([name]) => !UNWANTED.has(name)));
}

function queryOf(url = ''): URLSearchParams {
	const at = url.indexOf('?');
	return new URLSearchParams(at < 0 ? '' : url.slice(at));
}
