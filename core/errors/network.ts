const NOT_DELIVERED = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'UND_ERR_CONNECT_TIMEOUT',
]);

const NEVER_DELIVERED = new Set([
	'CERT_HAS_EXPIRED',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'SELF_SIGNED_CERT_IN_CHAIN',
	'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export interface NetworkFailure {
	/** The socket's or library's code, `unknown` where there is none. */
	code: string;
	/** Whether the request provably did not reach the service. */
	undelivered: boolean;
	/** Whether trying again could help: not with a certificate that is not trusted. */
	transient: boolean;
}

/** Reads why there was no HTTP answer from whatever the host's HTTP library threw. */
export function readNetworkFailure(thrown: unknown): NetworkFailure {
	const code = findCode(thrown, 0) ?? 'unknown';
	const untrusted = NEVER_DELIVERED.has(code);
	return { code, undelivered: untrusted || NOT_DELIVERED.has(code), transient: !untrusted };
}

// Libraries wrap: fetch puts the socket's error in `cause`, a dual-stack connect in `errors`.
function findCode(thrown: unknown, depth: number): string | undefined {
	if (typeof thrown !== 'object' || thrown === null || depth > 4) return undefined;
	const { code, cause, errors } = thrown as { code?: unknown; cause?: unknown; errors?: unknown };
	if (typeof code === 'string' && code !== '') return code;
	return (
		findCode(cause, depth + 1) ?? findCode(Array.isArray(errors) ? errors[0] : null, depth + 1)
	);
}
