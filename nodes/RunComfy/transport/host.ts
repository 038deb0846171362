import {
	type ICredentialDataDecryptedObject,
	type IExecuteFunctions,
	type IHttpRequestMethods,
	type IHttpRequestOptions,
	type ILoadOptionsFunctions,
	type IN8nHttpFullResponse,
	type IWebhookFunctions,
	sleep,
} from 'n8n-workflow';
import {
	followRedirects,
	type Host,
	type HttpRequest,
	type HttpResponse,
	messageOf,
	readAnswerText,
	RunComfyError,
} from '../../../core';
import { bufferFrom, chunksOf, merged, type Readable, readableFrom, WRITE_BYTES } from './streams';

export const CREDENTIAL = 'runComfyApi';

export type Context = IExecuteFunctions | ILoadOptionsFunctions | IWebhookFunctions;

export interface N8nHost extends Host {
	/** Converts chunks to a form that n8n can store: a stream, or a Buffer if this host has not opened a stream yet. */
	toBinary(chunks: AsyncIterable<Uint8Array>): Promise<Readable | Buffer>;
}

export type Credential = ICredentialDataDecryptedObject;

export interface HostOptions extends Pick<Host, 'secrets' | 'partnerKey'> {
	/** Returns the credential for the next call. By default, n8n reads it. */
	credential?(): Promise<Credential>;
}

/**
 * Implements the core's host with n8n's HTTP helper, which adds the token and follows the instance's proxy and
 * network rules.
 */
export function createHost(context: Context, options: HostOptions): N8nHost {
	const { secrets, partnerKey } = options;
	const detached = withoutCancelSignal(context);
	let opened: Readable | undefined;
	return {
		async request(request) {
			const { expect, timeoutMs } = request;
			// axios limits only the wait for the headers.
			const limit = expect === 'stream' ? undefined : AbortSignal.timeout(timeoutMs);
			let hop = new AbortController();
			const close = () => hop.abort();
			const send = async (url: string): Promise<IN8nHttpFullResponse> => {
				hop = new AbortController();
				const signals = [hop.signal, limit, request.signal].filter((one) => one !== undefined);
				const sent = toOptions(request, url, AbortSignal.any(signals));
				sent.body = request.body;
				const { httpRequest, httpRequestWithAuthentication } = context.helpers;
				if (!request.authenticate) return httpRequest(sent);
				const data = await options.credential?.();
				const decrypted = data && { credentialsDecrypted: { ...OWN, data } };
				return httpRequestWithAuthentication.call(detached, CREDENTIAL, sent, decrypted);
			};
			// This closure keeps `limit` alive: Node.js 20 forgets a signal that only `AbortSignal.any` references.
			const failed = (thrown: unknown) =>
				Promise.reject(withSocketCode(thrown, limit?.aborted === true));
			const response = await followRedirects(request, { send, read: readHop, drop: close }).catch(
				failed,
			);
			const body = response.body as Readable;
			opened = body;
			if (expect === 'stream') {
				return { ...headOf(response), stream: chunksOf(body, close, timeoutMs) };
			}
			const text = await readAnswerText(chunksOf(body, close, timeoutMs), request.maxBytes).catch(
				failed,
			);
			return { ...headOf(response), body: text };
		},
		...CLOCK,
		toBase64,
		...(secrets === undefined ? {} : { secrets }),
		partnerKey,
		labels: LABELS,
		toBinary: async (chunks) =>
			opened ? readableFrom(opened, merged(chunks, WRITE_BYTES)) : bufferFrom(chunks),
	};
}

/** n8n's timers and the clock of its process. */
export const CLOCK = {
	sleep: sleepUnlessAborted,
	now: () => Date.now(),
	monotonic: () => performance.now(),
} satisfies Partial<Host>;

const OWN = { id: '', name: CREDENTIAL, type: CREDENTIAL };

export const LABELS: Host['labels'] = {
	checkInputs: 'Check Inputs',
	randomSeeds: 'Random Seeds',
	inputsByName: 'Input Mode: JSON',
	computedValue:
		'switch the field to an expression; within JSON, wrap the value in JSON.stringify(…)',
};

/** Encodes the bytes without copying them. */
function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
	return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/**
 * If n8n's helper finds a cancel signal on `this`, it uses that signal instead of ours. Then a cancel after a stop
 * would never be sent, and a stop would interrupt a submit before its request id is known.
 */
function withoutCancelSignal(context: Context): Context {
	return new Proxy(context, {
		has: (target, key) => key !== 'getExecutionCancelSignal' && key in target,
	});
}

function toOptions(
	request: HttpRequest,
	url: string,
	abortSignal: AbortSignal,
): IHttpRequestOptions {
	return {
		// n8n's type lacks OPTIONS, but its helper sends it.
		method: request.method as IHttpRequestMethods,
		url,
		headers: request.headers,
		abortSignal,
		// Used for texts, too: n8n would read an answer of any size, and its JSON parser drops digits of integers beyond
		// 2^53.
		encoding: 'stream',
		timeout: request.timeoutMs,
		returnFullResponse: true,
		// This also keeps n8n from repeating a call after a 401.
		ignoreHttpStatusErrors: true,
		disableFollowRedirect: true,
		sendCredentialsOnCrossOriginRedirect: false,
	};
}

function readHop({ statusCode: status, headers }: IN8nHttpFullResponse) {
	const { location } = headers;
	return { status, location: typeof location === 'string' ? location : undefined };
}

function headOf({ statusCode, headers }: IN8nHttpFullResponse): Omit<HttpResponse, 'body'> {
	const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
	return { status: statusCode, headers: Object.fromEntries(lower) };
}

/**
 * Moves the socket's error code to where the core expects it. Errors of n8n-workflow 1.99 to 2.33 have no `cause`,
 * but have the code as `httpCode`. axios reports a timeout as an aborted connection, and an aborted signal as a
 * cancel.
 */
function withSocketCode(thrown: unknown, late: boolean): unknown {
	if (BLOCKED.test(messageOf(thrown))) {
		return new RunComfyError('service_unavailable', 'n8n’s SSRF protection blocks this address', {
			retryable: false,
			hint: UNBLOCK,
			details: { reason: 'ssrf_protection' },
		});
	}
	const code = socketCodeOf(thrown);
	if (code === 'ECONNABORTED' || (code === 'ERR_CANCELED' && late)) {
		return Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT' });
	}
	const hidden =
		code !== undefined && thrown instanceof Error && !(thrown.cause ?? 'code' in thrown);
	return hidden ? Object.assign(new Error(thrown.message), { code }) : thrown;
}

function socketCodeOf(thrown: unknown): string | undefined {
	if (!(thrown instanceof Error)) return undefined;
	const { cause, code, httpCode } = thrown as {
		cause?: unknown;
		code?: unknown;
		httpCode?: unknown;
	};
	const inner = cause instanceof Error && 'code' in cause ? cause.code : undefined;
	return [inner, code, httpCode].find((one) => typeof one === 'string' && /^[A-Z]/.test(one)) as
		| string
		| undefined;
}

/** The start of n8n's message, for addresses and for names (2.41). */
const BLOCKED = /^The request was blocked because /;

export const UNBLOCK =
	'Add it to the environment variable N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES of n8n, and start n8n again.';

/** Whether n8n's own rules blocked the call, instead of the network. */
export function isBlocked(error: unknown): boolean {
	return error instanceof RunComfyError && error.details?.reason === 'ssrf_protection';
}

const SLICE_MS = 1_000;

/** n8n's `sleep` cannot be aborted. Sleeping in slices, it ends at most one second after an abort. */
async function sleepUnlessAborted(ms: number, signal?: AbortSignal): Promise<void> {
	signal?.throwIfAborted();
	const until = performance.now() + ms;
	const left = () => Math.max(0, until - performance.now());
	if (!signal) return sleep(ms);
	let stop = () => undefined as void;
	const aborted = new Promise<never>((_resolve, reject) => {
		stop = () => reject(signal.reason as Error);
		signal.addEventListener('abort', stop);
	});
	const slept = async () => {
		while (left() > 0 && !signal.aborted) await sleep(Math.min(left(), SLICE_MS));
	};
	return Promise.race([slept(), aborted]).finally(() => signal.removeEventListener('abort', stop));
}
