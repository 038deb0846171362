import { checkId } from '../http/paths';
import { asObject, tried } from '../json/objects';
import { type ResultState, resultState } from '../request/state';
import type { DeploymentRef } from '../target/ref';

/**
 * What RunComfy tells an address when the state of a request changes (docs.runcomfy.com/serverless/webhooks).
 * Nothing is signed: only the ids are used, and they are looked up.
 */
export interface Callback {
	/** Only deployments have callbacks. */
	ref: DeploymentRef;
	/** The state it reports, in `status` or, on one revision of RunComfy's page, in `outcome`. */
	said: ResultState;
	/** The query of the called address without the secret; the last value of each name. */
	query: Record<string, string>;
}

/** The query parameter of an address that carries its secret. */
const SECRET_PARAMETER = 'secret';

/**
 * The callback in a call; undefined if the call is not one.
 * @param url as it was called, with or without its origin
 * @param body parsed
 */
export function toCallback(url: string | undefined, body: unknown): Callback | undefined {
	const { request_id, deployment_id, status, outcome } = asObject(body);
	const ref = tried(() => ({
		deploymentId: checkId(deployment_id, 'deployment id'),
		requestId: checkId(request_id, 'request id'),
	}));
	return ref && { ref, said: resultState(status ?? outcome), query: plainQuery(url) };
}

/**
 * Whether a call brings the secret, in the query of its address or as `given` beside it. Always compares all of it: the
 * time must not show at which character the two differ.
 */
export function bringsSecret(url: string | undefined, secret: string, given?: string): boolean {
	const brought = given ?? queryOf(url).get(SECRET_PARAMETER) ?? '';
	let different = brought.length ^ secret.length;
	for (let at = 0; at < brought.length; at += 1) {
		different |= brought.charCodeAt(at) ^ secret.charCodeAt(at % secret.length);
	}
	return different === 0;
}

/** The name of the secret, and a name that flows may not copy safely. */
const UNWANTED = new Set([SECRET_PARAMETER, '__proto__']);

function plainQuery(url: string | undefined): Record<string, string> {
	return Object.fromEntries([...queryOf(url)].filter(([name]) => !UNWANTED.has(name)));
}

function queryOf(url = ''): URLSearchParams {
	const at = url.indexOf('?');
	return new URLSearchParams(at < 0 ? '' : url.slice(at));
}
