import { ANSWER_BYTES, ANSWER_TOO_LARGE } from '../defaults';
import { conceal, type ErrorFacts, RunComfyError, toRunComfyError } from '../errors';
import { errorFromAnswer, isOwnRefusal } from '../errors/fromAnswer';
import { readNetworkFailure } from '../errors/network';
import type { HttpRequest, HttpResponse } from '../host';
import { parseJson } from '../json/numbers';
import { type JsonObject, tried } from '../json/objects';
import { MB, oneLine } from '../text';
import { type Attempt, pause, takingTurns, throwIfAborted, valueOf } from '../waiting';
import { type Client, USER_AGENT } from './client';
import { READ_RETRIES, retryAfterOf, retryDelay, type RetryPolicy, SUBMIT_RETRIES } from './retry';

/** Time limit in milliseconds for one attempt of a call that moves little data. */
const TIMEOUT_MS = 60_000;

/** A parsed answer; null if the body is empty. */
export type Body = JsonObject | unknown[] | null;

export interface Call<T> {
	/** `GET` by default. */
	method?: HttpRequest['method'];
	url: string;
	/** JSON. */
	body?: string;
	/** Time limit for one attempt, in milliseconds. One minute by default. */
	timeoutMs?: number | undefined;
	/** Maximum size of the answer in bytes. 1 MB by default. */
	maxBytes?: number;
	/**
	 * Defaults to true for GET. Other calls are repeated only if they were not carried out: see
	 * `FailedAttempt`.
	 */
	idempotent?: boolean;
	/** Facts to include in every error of this call. */
	facts?: ErrorFacts;
	/** More facts for an error, read from the answer that carries it. */
	factsBeside?: (body: Body | undefined) => ErrorFacts;
	/** Whether to read integers beyond 2^53 as `bigint` instead of losing digits. */
	exactIntegers?: boolean;
	/** Whether a 2xx answer with an `error_code` still counts as a success. */
	acceptsErrorCode?: (body: Body | undefined) => boolean;
	/** @throws RunComfyError if the answer does not hold the value */
	read: (body: Body) => T;
}

export interface CallOptions {
	signal?: AbortSignal | undefined;
	/** Defaults to `READ_RETRIES`, or to `SUBMIT_RETRIES` if the call is not idempotent. */
	retries?: RetryPolicy | undefined;
	/** Called before each wait for another attempt. */
	onRepeat?: ((failed: FailedAttempt) => void) | undefined;
}

export interface FailedAttempt {
	error: RunComfyError;
	/** Whether the call did not reach RunComfy or was refused for now: see `isTurnedAway`. */
	notTaken: boolean;
	/** Milliseconds to wait as requested by RunComfy, counted from the answer. */
	retryAfterMs: number | undefined;
}

/**
 * An exchange with the API. Idempotent calls are repeated with back-off after network failures, 408, 429, 5xx and
 * unreadable answers.
 * @throws RunComfyError the last attempt's error; `aborted`
 */
export async function exchange<T>(client: Client, call: Call<T>, options: TryOptions): Promise<T> {
	return valueOf(await tryExchange(client, call, options));
}

export interface TryOptions extends CallOptions {
	/** No attempt begins after this time on the host's monotonic clock. Read again after each attempt. */
	deadline?: (() => number) | undefined;
	/** Whether an attempt goes on after an abort, which then only ends the pauses between attempts. */
	outlastsAbort?: boolean;
	/** Called and awaited before each attempt. If it throws, the exchange ends. */
	beforeAttempt?: (() => Promise<void>) | undefined;
}

export type Answered<T> = Attempt<T, FailedAttempt>;

/** For callers that explain failures themselves: returns the last attempt. @throws RunComfyError `aborted` */
export async function tryExchange<T>(
	client: Client,
	call: Call<T>,
	options: TryOptions,
): Promise<Answered<T>> {
	const { host } = client;
	const { method = 'GET', idempotent = method === 'GET' } = call;
	const { retries = idempotent ? READ_RETRIES : SUBMIT_RETRIES, signal } = options;
	const { deadline = () => Infinity, outlastsAbort, beforeAttempt, onRepeat } = options;
	let since: number | undefined;
	const giveUpAt = () => Math.min(deadline(), (since ?? Infinity) + (retries.withinMs ?? Infinity));
	let last: Answered<T> | undefined;
	for (let number = 1; ; number += 1) {
		throwIfAborted(signal, call.facts);
		if (beforeAttempt) await beforeAttempt();
		since ??= host.monotonic();
		throwIfAborted(signal, call.facts);
		// The wait before this attempt may have outlasted the deadline.
		if (last && host.monotonic() >= giveUpAt()) return last;
		last = await attempt(client, call, outlastsAbort ? undefined : signal);
		if (last.ok) return last;
		const { error, notTaken, retryAfterMs } = last;
		if (!error.retryable || !(idempotent || notTaken)) return last;
		const delayMs = retryDelay(retries, number, retryAfterMs);
		if (delayMs === undefined || host.monotonic() + delayMs >= giveUpAt()) return last;
		onRepeat?.(last);
		await pause(host, delayMs, signal, call.facts);
	}
}

/** One exchange, without retries. @throws RunComfyError `aborted`, and nothing else */
async function attempt<T>(
	client: Client,
	call: Call<T>,
	signal: AbortSignal | undefined,
): Promise<Answered<T>> {
	try {
		const response = await client.host.request(toHttp(call, signal));
		throwIfAborted(signal, call.facts);
		return await readAnswer(client, call, response);
	} catch (thrown) {
		throwIfAborted(signal, call.facts);
		return { ok: false, ...readFailure(client, call, thrown) };
	}
}

function toHttp(call: Call<unknown>, signal: AbortSignal | undefined): HttpRequest {
	const { method = 'GET', url, body } = call;
	return {
		method,
		url,
		headers: {
			accept: 'application/json',
			'user-agent': USER_AGENT,
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
		},
		...(body === undefined ? {} : { body }),
		authenticate: true,
		expect: 'text',
		maxBytes: mostBytes(call),
		timeoutMs: call.timeoutMs ?? TIMEOUT_MS,
		...(signal ? { signal } : {}),
	};
}

const mostBytes = ({ maxBytes = ANSWER_BYTES.plain }: Call<unknown>) => maxBytes;

async function readAnswer<T>(
	client: Client,
	call: Call<T>,
	response: HttpResponse,
): Promise<Answered<T>> {
	const { status, headers } = response;
	// Reading the largest answers takes tenths of a second.
	const turn = takingTurns(client.host);
	const { body: given = '' } = response;
	if (given.length > mostBytes(call)) return { ok: false, ...answerTooLarge(call) };
	const text = conceal(given.replace(/^\uFEFF/, ''), client.host.secrets);
	await turn();
	const body = parseBody(text, call.exactIntegers === true);
	await turn();
	const retryAfterMs = retryAfterOf(headers, client.host.now());
	const beside = call.factsBeside?.(body) ?? {};
	// If the answer names a request, RunComfy accepted the call, whatever the status says.
	const taken = beside.requestId !== undefined;
	const failed = (error: RunComfyError) => ({
		ok: false as const,
		error,
		notTaken: !taken && isTurnedAway(error, retryAfterMs),
		retryAfterMs,
	});
	const asked = status >= 200 && status < 300 && call.acceptsErrorCode?.(body);
	const facts = { ...call.facts, ...beside };
	const error = asked ? undefined : errorFromAnswer(status, body, text, facts);
	if (error) return failed(error);
	try {
		return { ok: true, value: readBody(call, body, text, status) };
	} catch (thrown) {
		const unread = toRunComfyError(thrown, 'bad_response');
		return failed(unread.with({ ...call.facts, httpStatus: status }));
	}
}

/**
 * Whether the answer asks to come back later, so the call was not carried out: a 429, or a 503 with Retry-After.
 * RunComfy's own error number, if there is one, decides instead of the HTTP status: a 5xx number is not a refusal.
 */
function isTurnedAway(
	{ code, httpStatus, details }: RunComfyError,
	retryAfterMs?: number,
): boolean {
	if (code === 'rate_limited') return true;
	const ownNumber = typeof details?.['error_code'] === 'number';
	return httpStatus === 503 && retryAfterMs !== undefined && !ownNumber;
}

function readBody<T>(call: Call<T>, body: Body | undefined, text: string, httpStatus: number): T {
	if (body !== undefined) return call.read(body);
	throw new RunComfyError(
		'bad_response',
		`The answer (HTTP ${httpStatus}) is not the JSON that RunComfy sends; it starts with: ${oneLine(text, 80)}`,
	);
}

// An empty body parses to null, because some calls (such as delete) answer with no body.
function parseBody(text: string, exact: boolean): Body | undefined {
	if (text.trim() === '') return null;
	const value = tried(() => (exact ? parseJson(text) : (JSON.parse(text) as unknown)));
	return typeof value === 'object' ? (value as Body) : undefined;
}

function readFailure(client: Client, call: Call<unknown>, thrown: unknown): FailedAttempt {
	// The host itself refused to send the call.
	if (thrown instanceof RunComfyError) {
		return { error: thrown.with(call.facts ?? {}), notTaken: true, retryAfterMs: undefined };
	}
	const { code, undelivered, transient, message } = readNetworkFailure(thrown, client.host.secrets);
	if (code === ANSWER_TOO_LARGE) return answerTooLarge(call);
	const error = new RunComfyError(
		'service_unavailable',
		`No answer from ${new URL(call.url).origin} (${code ?? message})`,
		{
			...call.facts,
			retryable: transient,
			details: { network_code: code ?? 'unknown' },
			...(transient ? {} : { hint: UNTRUSTED_HINT }),
		},
	);
	return { error, notTaken: undelivered, retryAfterMs: undefined };
}

// Not repeated: the next answer would be just as large.
function answerTooLarge(call: Call<unknown>): FailedAttempt {
	const size = `${Math.ceil(mostBytes(call) / MB)} MB`;
	const { origin } = new URL(call.url);
	const error = new RunComfyError(
		'bad_response',
		`The answer from ${origin} is larger than ${size}`,
		{
			...call.facts,
			retryable: false,
			hint: ANSWER_TOO_LARGE_HINT,
		},
	);
	return { error, notTaken: false, retryAfterMs: undefined };
}

const ANSWER_TOO_LARGE_HINT =
	'Check the base URL: RunComfy’s answers are small. If it is the result of a run, have the workflow save its large texts as files.';

const UNTRUSTED_HINT =
	'The server’s certificate is not trusted here. Behind a company proxy, give Node.js its certificate (NODE_EXTRA_CA_CERTS).';

/** Whether a failed call may still have been carried out. */
export function mayHaveTakenEffect({ error, notTaken }: FailedAttempt): boolean {
	if (notTaken || isOwnRefusal(error)) return false;
	const { code, httpStatus } = error;
	// RunComfy does not redirect. A redirect comes from a proxy in front, which has not passed the call on.
	const redirect = httpStatus !== undefined && httpStatus >= 300 && httpStatus < 400;
	return code === 'service_unavailable' || (code === 'bad_response' && !redirect);
}

/** The stream of an answer without a body. */
export async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** @throws Error with the code `EMSGSIZE` after `maxBytes`, without reading the rest */
export async function readAnswerText(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number = ANSWER_BYTES.plain,
): Promise<string> {
	// The code that parses the text removes a byte order mark.
	const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
	const parts: string[] = [];
	let bytes = 0;
	for await (const chunk of chunks) {
		bytes += chunk.length;
		if (bytes > maxBytes) {
			throw Object.assign(new Error('The answer is too large'), { code: ANSWER_TOO_LARGE });
		}
		parts.push(decoder.decode(chunk, { stream: true }));
	}
	return parts.join('') + decoder.decode();
}
