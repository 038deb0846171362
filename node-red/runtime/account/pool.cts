import type { Dispatcher } from 'undici';
import { loadUndici } from './undici.cjs';

/** Milliseconds until a connection must stand. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Milliseconds without a byte after which a body counts as stalled. */
const BODY_TIMEOUT_MS = 60_000;

/** Node-RED often reaches a simulator or its own HTTP nodes on this machine: never by a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * A pool of connections that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY and follows no redirects.
 * @throws RunComfyError when undici is missing
 */
export function createPool(): Dispatcher {
	const { EnvHttpProxyAgent } = loadUndici();
	const noProxy = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
	return new EnvHttpProxyAgent({
		connect: { timeout: CONNECT_TIMEOUT_MS },
		// The upload of a large body counts, too: every exchange has a limit of its own, which knows it.
		headersTimeout: 0,
		bodyTimeout: BODY_TIMEOUT_MS,
		noProxy: noProxy.trim() === '*' ? '*' : [noProxy, ...LOOPBACK].filter(Boolean).join(','),
	});
}
