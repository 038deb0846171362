import { lookup } from 'node:dns';
import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { privateAddressError, RunComfyError } from '../../../core/index.js';
import { codeOf } from '../errors.cjs';

/** Milliseconds until a connection must stand. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Milliseconds without a byte after which a body counts as stalled. */
const BODY_TIMEOUT_MS = 60_000;

/** Node-RED often calls a simulator or its own HTTP nodes on this machine: never through a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface PoolKind {
	/** Whether it refuses to connect to names that resolve to a private address. */
	publicOnly: boolean;
}

/** Both kinds of pools, each made on first use. What it returns throws RunComfyError when undici is missing. */
export function createPools(): (kind: PoolKind) => Dispatcher {
	const pools = new Map<boolean, Dispatcher>();
	return ({ publicOnly }) => {
		const pool = pools.get(publicOnly) ?? createPool({ publicOnly });
		pools.set(publicOnly, pool);
		return pool;
	};
}

/**
 * A pool of connections that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY and follows no redirects.
 * @throws RunComfyError when undici is missing
 */
export function createPool({ publicOnly }: PoolKind = { publicOnly: false }): Dispatcher {
	const { EnvHttpProxyAgent } = loadUndici();
	const noProxy = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
	return new EnvHttpProxyAgent({
		connect: { timeout: CONNECT_TIMEOUT_MS, ...(publicOnly ? { lookup: lookupPublic } : {}) },
		// The upload of a large body counts as silence, too, so every exchange has its own limit that allows for it.
		headersTimeout: 0,
		bodyTimeout: BODY_TIMEOUT_MS,
		noProxy: noProxy.trim() === '*' ? '*' : [noProxy, ...LOOPBACK].filter(Boolean).join(','),
	});
}

/** If a proxy looks the name up, the proxy decides. */
const lookupPublic: LookupFunction = (hostname, options, callback) =>
	lookup(hostname, options, (error, found, family) => {
		const addresses = [found]
			.flat()
			.flatMap((one) => (typeof one === 'object' ? one.address : one));
		callback(privateAddressError(hostname, addresses.filter(Boolean)) ?? error, found, family);
	});

const load = createRequire(__filename);
let loaded: typeof Undici | undefined;

/**
 * undici, loaded on first use: an optional dependency must not keep the nodes out of the palette.
 * @throws RunComfyError `service_unavailable` when it is not installed or does not load.
 */
export function loadUndici(): typeof Undici {
	try {
		return (loaded ??= load('undici') as typeof Undici);
	} catch (error) {
		throw new RunComfyError(
			'service_unavailable',
			`The HTTP library undici could not be loaded (${String(codeOf(error) ?? 'unknown')})`,
			{ hint: hintFor(process.versions.node), retryable: false },
		);
	}
}

/** The oldest Node.js that is supported. */
const OLDEST_NODE = '20.19.0';

export function hintFor(version: string): string {
	return version.localeCompare(OLDEST_NODE, 'en', { numeric: true }) < 0
		? `Node-RED runs on Node.js ${version}: install Node.js ${OLDEST_NODE} or newer, then restart Node-RED.`
		: 'Run "npm install undici@7" in the Node-RED user directory, then restart Node-RED.';
}
