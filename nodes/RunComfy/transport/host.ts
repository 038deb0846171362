import type {
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
	IWebhookFunctions,
} from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import {
	followRedirects,
	type Host,
	type HttpRequest,
	type HttpResponse,
	MAX_ANSWER_BYTES,
	withoutSecret,
} from '../../../core';
import { chunksOf, joined, type Readable, readableFrom, readText, WRITE_BYTES } from './streams';

export const CREDENTIAL = 'runComfyApi';

export type Context = IExecuteFunctions | ILoadOptionsFunctions | IWebhookFunctions;

export interface N8nHost extends Host {
	/** A Readable over chunks that came from one of this host's streams. */
	toReadable(chunks: AsyncIterable<Uint8Array>): Readable;
}

/**
 * The core's host over n8n's own HTTP helper, which adds the credential's `token` and follows the
 * instance's proxy and network rules.
 */
export function createHost(context: Context, token: string, partnerKey?: string): N8nHost {
	const detached = withoutCancelSignal(context);
	let opened: Readable | undefined;
	return {
		async request(request) {
			let hop = new AbortController();
			const close = () => hop.abort();
			const send = (url: string): Promise<IN8nHttpFullResponse> => {
				hop = new AbortController();
				const options = toOptions(request, url, hop.signal);
				return request.authenticate
					? context.helpers.httpRequestWithAuthentication.call(detached, CREDENTIAL, options)
					: context.helpers.httpRequest(options);
			};
			const failed = (thrown: unknown) => Promise.reject(clarify(thrown, request));
			const response = await followRedirects(request, { send, read: readHop, drop: close }).catch(
				failed,
			);
			const body = response.body as Readable;
			if (request.expect === 'stream') {
				opened = body;
				return { ...headOf(response), stream: chunksOf(body, close) };
			}
			const text = await readText(chunksOf(body, close), MAX_ANSWER_BYTES).catch(failed);
			return { ...headOf(response), body: text };
		},
		sleep: sleepUnlessAborted,
		now: () => Date.now(),
		monotonic: () => performance.now(),
		toBase64,
		redact: (text) => withoutSecret(text, [token, partnerKey]),
		partnerKey,
		toReadable(chunks) {
			if (!opened) throw new TypeError('No stream was opened yet');
			return readableFrom(opened, joined(chunks, WRITE_BYTES));
		},
	};
}

/** Without a copy of the bytes. */
function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
	return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/**
 * n8n's helper puts the execution's own cancel signal over a given one where it finds it on `this`.
 * A cancel sent after a stop would then never leave, and a submit on its way would be torn down
 * before its request id is known.
 */
function withoutCancelSignal(context: Context): Context {
	return new Proxy(context, {
		has: (target, key) => key !== 'getExecutionCancelSignal' && key in target,
	});
}

function toOptions(request: HttpRequest, url: string, hop: AbortSignal): IHttpRequestOptions {
	return {
		method: request.method,
		url,
		headers: request.headers,
		...(request.body === undefined ? {} : { body: request.body }),
		abortSignal: AbortSignal.any([hop, ...signalsOf(request)]),
		// A text, too: n8n reads an answer whole, whatever its size, and its parsing of JSON drops the
		// digits of numbers beyond 2^53.
		encoding: 'stream',
		timeout: request.timeoutMs,
		returnFullResponse: true,
		// Also keeps n8n from sending a refused (401) call a second time.
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

/** axios' own timeout counts silence only: an answer that trickles in would never be given up. */
function signalsOf({ expect, signal, timeoutMs }: HttpRequest): AbortSignal[] {
	const given = signal ? [signal] : [];
	return expect === 'stream' ? given : [...given, AbortSignal.timeout(timeoutMs)];
}

/**
 * The error with the code of the socket where the core looks for it. In n8n-workflow 1.99 to 2.33 n8n's
 * own error has no `cause`, but keeps that code as `httpCode`. axios calls its timeout an aborted
 * connection, and a signal's a cancel.
 */
function clarify(thrown: unknown, { signal }: HttpRequest): unknown {
	const code = codeOf(thrown);
	if (code === 'ECONNABORTED' || (code === 'ERR_CANCELED' && !signal?.aborted)) {
		return Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT' });
	}
	const hidden =
		code !== undefined && thrown instanceof Error && !(thrown.cause ?? 'code' in thrown);
	return hidden ? Object.assign(new Error(thrown.message), { code }) : thrown;
}

function codeOf(thrown: unknown): string | undefined {
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

const SLICE_MS = 1_000;

/** n8n's `sleep` cannot be stopped: in slices, nothing outlives an abort by more than a second. */
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
