import { throwIfAborted } from './abort';
import type { Client } from './client';
import { redact, RunComfyError, type ErrorFacts } from './errors';
import { errorFromAnswer } from './errors/fromAnswer';
import { readNetworkFailure } from './errors/network';
import type { HttpRequest, HttpResponse } from './host';
import { parseJson } from './json';
import { parseRetryAfter, retryDelay, type RetryNotice, type RetryPolicy } from './retry';

/** Identifies the product to the API and the storage host, which turns away default user agents. */
export const USER_AGENT = 'n8n-nodes-runcomfy (+https://www.npmjs.com/package/n8n-nodes-runcomfy)';

export interface Call {
	method: HttpRequest['method'];
	url: string;
	body?: string;
	timeoutMs: number;
	/** Ids for the error, should there be one. */
	facts: ErrorFacts;
	/** Whether integers beyond 2^53 in the answer come as `bigint` instead of losing digits. */
	exactIntegers?: boolean;
}

export interface CallOptions {
	signal?: AbortSignal | undefined;
	retries?: RetryPolicy | undefined;
	onRetry?: ((notice: RetryNotice) => void) | undefined;
}

/** How one attempt went: the parsed answer, or the error and what is known about repeating it. */
export type Attempt =
	| { ok: true; body: Record<string, unknown> | unknown[] | null; httpStatus: number }
	| {
			ok: false;
			error: RunComfyError;
			/** Whether the service provably did not take the call. */
			undelivered: boolean;
			retryAfterMs: number | undefined;
	  };

/** One exchange with the API, read but not repeated. Rejects only on abort. */
export async function attempt(
	client: Client,
	call: Call,
	signal?: AbortSignal | undefined,
): Promise<Attempt> {
	const answer = await client.host.request(toHttp(call, signal)).then(
		(response) => ({ response }),
		(thrown: unknown) => ({ thrown }),
	);
	throwIfAborted(signal, call.facts);
	return 'response' in answer
		? readAnswer(client, call, answer.response)
		: readFailure(call, answer.thrown);
}

export interface ExchangeOptions extends CallOptions {
	retries: RetryPolicy;
	/** Which failures are worth another attempt; those the error itself calls retryable by default. */
	mayRepeat?: (failed: FailedAttempt) => boolean;
	/** The error to give up with, where the caller knows more than the answer says. */
	refine?: (failed: FailedAttempt) => RunComfyError;
	/** Stops the waiting between attempts, where an attempt itself must not be torn down. */
	pauseSignal?: AbortSignal | undefined;
	/** Wraps each attempt, for a caller that bounds it in its own way. */
	bound?: <T>(pending: Promise<T>) => Promise<T>;
}

/**
 * An exchange that may be repeated: network failures, 408, 429 and 5xx are, with back-off.
 * @returns the parsed JSON: an object, an array, or null for an empty body.
 * @throws RunComfyError the last attempt's error; `aborted`.
 */
export async function exchange(
	client: Client,
	call: Call,
	options: ExchangeOptions,
): Promise<unknown> {
	const { bound = (pending) => pending, mayRepeat = (failed) => failed.error.retryable } = options;
	const pauseSignal = options.signal ?? options.pauseSignal;
	for (let number = 1; ; number += 1) {
		throwIfAborted(pauseSignal, call.facts);
		const result = await bound(attempt(client, call, options.signal));
		if (result.ok) return result.body;
		const delayMs = mayRepeat(result)
			? retryDelay(options.retries, number, result.retryAfterMs)
			: undefined;
		if (delayMs === undefined) throw options.refine?.(result) ?? result.error;
		options.onRetry?.({ attempt: number, delayMs, error: result.error });
		await pause(client, delayMs, pauseSignal, call.facts);
	}
}

export type FailedAttempt = Extract<Attempt, { ok: false }>;

/** Sleeps on the host's clock. @throws RunComfyError `aborted` */
export async function pause(
	client: Client,
	ms: number,
	signal: AbortSignal | undefined,
	facts: ErrorFacts = {},
): Promise<void> {
	throwIfAborted(signal, facts);
	await client.host.sleep(ms, signal).catch((thrown: unknown) => {
		throwIfAborted(signal, facts);
		return Promise.reject(thrown);
	});
	throwIfAborted(signal, facts);
}

function toHttp(call: Call, signal: AbortSignal | undefined): HttpRequest {
	return {
		method: call.method,
		url: call.url,
		headers: {
			accept: 'application/json',
			'user-agent': USER_AGENT,
			...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
		},
		...(call.body === undefined ? {} : { body: call.body }),
		authenticate: true,
		expect: 'text',
		timeoutMs: call.timeoutMs,
		...(signal ? { signal } : {}),
	};
}

function readAnswer(client: Client, call: Call, response: HttpResponse): Attempt {
	const text = (response.body ?? '').replace(/^\uFEFF/, '');
	const body = parseBody(text, call.exactIntegers ? parseJson : JSON.parse);
	const error =
		errorFromAnswer(response.status, body, text, call.facts) ??
		(body === undefined ? unreadable(response.status, text, call.facts) : undefined);
	if (!error) {
		return { ok: true, body: body as Record<string, unknown>, httpStatus: response.status };
	}
	const retryAfterMs = parseRetryAfter(response.headers['retry-after'], client.host.now());
	const refused =
		response.status === 429 || (response.status === 503 && retryAfterMs !== undefined);
	return { ok: false, error, undelivered: refused, retryAfterMs };
}

// An empty body parses to null: some calls (delete) answer with nothing.
function parseBody(text: string, parse: (text: string) => unknown): unknown {
	if (text.trim() === '') return null;
	try {
		const value = parse(text);
		return typeof value === 'object' ? value : undefined;
	} catch {
		return undefined;
	}
}

function unreadable(httpStatus: number, text: string, facts: ErrorFacts): RunComfyError {
	const start = redact(text.replace(/\s+/g, ' ').trim().slice(0, 80));
	return new RunComfyError(
		'bad_response',
		`The answer (HTTP ${httpStatus}) is not the JSON that RunComfy sends; it starts with: ${start}`,
		{ ...facts, httpStatus },
	);
}

function readFailure(call: Call, thrown: unknown): Attempt {
	const failure = readNetworkFailure(thrown);
	const origin = new URL(call.url).origin;
	const error = new RunComfyError(
		'service_unavailable',
		`No answer from ${origin} (${failure.code})`,
		{
			...call.facts,
			retryable: failure.transient,
			details: { network_code: failure.code },
			...(failure.transient ? {} : { hint: UNTRUSTED_HINT }),
		},
	);
	return { ok: false, error, undelivered: failure.undelivered, retryAfterMs: undefined };
}

const UNTRUSTED_HINT =
	'The server’s certificate is not trusted here. Behind a company proxy, give Node.js its certificate (NODE_EXTRA_CA_CERTS).';
