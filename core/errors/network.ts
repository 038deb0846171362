import { conceal, type Secrets } from './redact';
import { messageOf } from './RunComfyError';

/** Error codes of connections that failed before any part of the request was sent. */
const NOT_DELIVERED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/;

/** The handshake failed because of the certificate: nothing was sent, and retrying does not help. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

interface NetworkFailure {
	/** The code of the socket or library, such as `ECONNRESET`. */
	code: string | undefined;
	/** Whether the request provably did not reach the service. */
	undelivered: boolean;
	/** Whether retrying may help. */
	transient: boolean;
	/** The message of the outermost error. Some libraries repeat the headers of the call in it. */
	message: string;
}

/** Finds out why there was no HTTP answer, from the error of the host's HTTP library. */
export function readNetworkFailure(thrown: unknown, secrets?: Secrets): NetworkFailure {
	const links = chain(thrown, 0);
	const decisive = links.find(({ code }) => NOT_DELIVERED.test(code) || UNTRUSTED.test(code));
	const code = (decisive ?? links[0])?.code;
	return {
		code,
		// EHOSTUNREACH and similar codes can also occur later. During the connect, nothing was sent yet.
		undelivered: decisive !== undefined || links.some(({ syscall }) => syscall === 'connect'),
		transient: code === undefined || !UNTRUSTED.test(code),
		message: conceal(messageOf(thrown), secrets),
	};
}

// Libraries wrap errors: fetch puts the socket's error in `cause`, a dual-stack connect in `errors`.
function chain(thrown: unknown, depth: number): Array<{ code: string; syscall: unknown }> {
	if (typeof thrown !== 'object' || thrown === null || depth > 4) return [];
	const { code, syscall, cause, errors } = thrown as Record<string, unknown>;
	const own = typeof code === 'string' && code !== '' ? [{ code, syscall }] : [];
	const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
	return [...own, ...chain(cause, depth + 1), ...chain(first, depth + 1)];
}
