import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Dispatcher } from 'undici';
import { isPrivateHost, privateAddressError } from '../../../core/index.js';
import { loadUndici } from './undici.cjs';

/** Milliseconds until a connection must stand. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Milliseconds without a byte after which a body counts as stalled. */
const BODY_TIMEOUT_MS = 60_000;

/** Node-RED often reaches a simulator or its own HTTP nodes on this machine: never by a proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface PoolKind {
	/** Whether it connects to no name that stands for a private address. */
	publicOnly: boolean;
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
		// The upload of a large body counts, too: every exchange has a limit of its own, which knows it.
		headersTimeout: 0,
		bodyTimeout: BODY_TIMEOUT_MS,
		noProxy: noProxy.trim() === '*' ? '*' : [noProxy, ...LOOPBACK].filter(Boolean).join(','),
	});
}

/** Where a proxy looks the name up instead, the proxy decides. */
const lookupPublic: LookupFunction = (hostname, options, callback) =>
	lookup(hostname, options, (error, found, family) => {
		const addresses = [found].flat().map((one) => (typeof one === 'string' ? one : one?.address));
		const isPrivate = addresses.some((one) => one !== undefined && isPrivateHost(one));
		callback(isPrivate ? privateAddressError(hostname) : error, found, family);
	});
