import { lookup } from 'node:dns';
import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import {
	followRedirects,
	type Host,
	type HttpRequest,
	type HttpResponse,
	privateAddressError,
	readAnswerText,
	RunComfyError,
} from '../../../core';
import { codeOf } from '../errors';

export interface HostOptions {
	/** Read for each request, so that a deploy can replace the token during a run. */
	account: {
		readonly token: string;
		readonly partnerKey?: string | undefined;
		readonly secrets: readonly string[];
	};
	/** Returns the pool, which is created on first use. */
	dispatcher: (kind: PoolKind) => Dispatcher;
}

/** Node.js's timers and clock. */
export const CLOCK = {
	// A timer of 0 ms may fire before the event loop has looked at anything else.
	sleep: (ms: number, signal?: AbortSignal) =>
		ms > 0 ? delay(ms, undefined, { signal }) : nextTurn(undefined, { signal }),
	now: () => Date.now(),
	monotonic: () => performance.now(),
} satisfies Partial<Host>;

/** Implements the core's `Host` with undici and Node.js's timers and clock. */
export function createHost(options: HostOptions): Host {
	return {
		request: (request) => performRequest(request, options),
		...CLOCK,
		// A view of the bytes, without copying them.
		toBase64: ({ buffer, byteOffset, byteLength }) =>
			Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
		secrets: options.account.secrets,
		get partnerKey() {
			return options.account.partnerKey;
		},
		labels: LABELS,
	};
}

const LABELS: Host['labels'] = {
	checkInputs: 'Check inputs before you pay for a run',
	randomSeeds: 'New random seeds for each run',
	computedValue: 'take the value from msg or from JSONata',
};

async function performRequest(request: HttpRequest, options: HostOptions): Promise<HttpResponse> {
	if (request.expect === 'stream') {
		const { body, ...head } = await send(request, options, request.signal);
		return { ...head, stream: streamOf(body) };
	}
	const bound = bindTimeout(request);
	try {
		const { body, ...head } = await send(request, options, bound.signal);
		return { ...head, body: await readAnswerText(body, request.maxBytes) };
	} catch (error) {
		throw bound.timedOut() ? timeoutError(request) : error;
	} finally {
		bound.release();
	}
}

async function send(
	request: HttpRequest,
	{ account, dispatcher }: HostOptions,
	signal: AbortSignal | undefined,
) {
	const { expect, timeoutMs } = request;
	// A text has its own time limit, which allows for its upload: undici would count a long upload as silence.
	const silenceMs = expect === 'stream' ? timeoutMs : 0;
	const { statusCode, headers, body } = await followRedirects(request, {
		send: (url) =>
			loadUndici().request(url, {
				dispatcher: dispatcher({ publicOnly: request.publicOnly === true }),
				method: request.method,
				headers: {
					...request.headers,
					...(request.authenticate ? { authorization: `Bearer ${account.token}` } : {}),
				},
				body: request.body ?? null,
				headersTimeout: silenceMs,
				bodyTimeout: silenceMs,
				...(signal ? { signal } : {}),
			}),
		read: ({ statusCode: status, headers }) => ({
			status,
			location: headerValue(headers['location']),
		}),
		drop: ({ body }) => body.dump(),
	});
	// Abandoning an unread body emits an error, which would end the process without a listener.
	body.on('error', () => undefined);
	return { status: statusCode, headers: flatten(headers), body };
}

// A stream's own iterator leaves the connection open if it is stopped before its first step.
function streamOf(body: Readable): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const inner: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
			return {
				next: () => inner.next(),
				return: async () => {
					body.destroy();
					return { done: true, value: undefined };
				},
			};
		},
	};
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
	const flat: Record<string, string> = {};
	for (const name of Object.keys(headers)) {
		const value = headerValue(headers[name]);
		// undici gives header names in lower case.
		if (value !== undefined) flat[name] = value;
	}
	return flat;
}

function headerValue(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value.join(', ') : value;
}

/** Combines the caller's signal with a time limit, without leaking listeners. */
function bindTimeout({ signal, timeoutMs }: HttpRequest) {
	const controller = new AbortController();
	let late = false;
	const stop = () => controller.abort();
	const timer = setTimeout(() => {
		late = true;
		stop();
	}, timeoutMs);
	if (signal?.aborted) stop();
	else signal?.addEventListener('abort', stop, { once: true });
	return {
		signal: controller.signal,
		timedOut: () => late && !signal?.aborted,
		release() {
			clearTimeout(timer);
			signal?.removeEventListener('abort', stop);
		},
	};
}

function timeoutError({ timeoutMs }: HttpRequest): Error {
	return Object.assign(new Error(`No answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

/** Time limit for connecting, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Local addresses, such as a simulator or Node-RED's own HTTP nodes, always bypass the proxy. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface PoolKind {
	/** Whether to refuse names that resolve to a private address. */
	publicOnly: boolean;
}

/** Creates each kind of pool on first use. The returned function throws RunComfyError if undici is missing. */
export function createPools(): (kind: PoolKind) => Dispatcher {
	const pools = new Map<boolean, Dispatcher>();
	return ({ publicOnly }) => {
		const pool = pools.get(publicOnly) ?? createPool({ publicOnly });
		pools.set(publicOnly, pool);
		return pool;
	};
}

/**
 * Creates a connection pool that respects HTTP_PROXY, HTTPS_PROXY and NO_PROXY and follows no redirects.
 * @throws RunComfyError if undici is missing
 */
export function createPool({ publicOnly }: PoolKind = { publicOnly: false }): Dispatcher {
	const { EnvHttpProxyAgent } = loadUndici();
	const noProxy = process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
	return new EnvHttpProxyAgent({
		connect: { timeout: CONNECT_TIMEOUT_MS, ...(publicOnly ? { lookup: lookupPublic } : {}) },
		noProxy: noProxy.trim() === '*' ? '*' : [noProxy, ...LOOPBACK].filter(Boolean).join(','),
	});
}

/** Refuses private addresses. Behind a proxy, the proxy resolves the name, and this is not called. */
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
 * Loads undici on first use: a missing optional dependency must not keep the nodes out of the palette.
 * @throws RunComfyError `service_unavailable` if undici is not installed or does not load
 */
export function loadUndici(): typeof Undici {
	try {
		return (loaded ??= load('undici') as typeof Undici);
	} catch (error) {
		throw new RunComfyError(
			'service_unavailable',
			`The HTTP library undici could not be loaded (${String(codeOf(error) ?? 'unknown')})`,
			{
				hint: 'Node-RED needs Node.js 20.19.0 or newer. Run "npm install undici@7" in the Node-RED user directory, then restart Node-RED.',
				retryable: false,
			},
		);
	}
}
