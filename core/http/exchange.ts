import { ANSWER_BYTES, ANSWER_TOO_LARGE } from '../defaults';
import { type ErrorFacts, redact, RunComfyError, toRunComfyError, withoutSecret } from '../errors';
import { type AnswerFacts, errorFromAnswer, isOwnRefusal } from '../errors/fromAnswer';
import { readNetworkFailure } from '../errors/network';
import type { HttpRequest, HttpResponse } from '../host';
import { markIntegers, readMarked } from '../json/numbers';
import { cutDeep, type JsonObject, mapTexts, tried } from '../json/objects';
import { tooMuch } from '../json/scan';
import { oneLine } from '../text';
import { type Attempt, pause, repeat, takingTurns, throwIfAborted, valueOf } from '../waiting';
import { type Client, USER_AGENT } from './client';
import { READ_RETRIES, retryAfterOf, retryDelay, type RetryPolicy, SUBMIT_RETRIES } from './retry';

/** Milliseconds for one attempt of a call that moves little data. */
const TIMEOUT_MS = 60_000;

/** A parsed answer. Null if the body is empty, and in place of anything nested too deep. */
export type Body = JsonObject | unknown[] | null;

export interface Call<T> {
	/** `GET` by default. */
	method?: HttpRequest['method'];
	url: string;
	body?: string | Uint8Array;
	/** JSON by default. */
	contentType?: string;
	/** Milliseconds for one attempt; one minute by default. */
	timeoutMs?: number | undefined;
	/** Bytes of the largest answer; 1 MB by default. */
	maxBytes?: number;
	/** True for GET and DELETE by default. Any other call is repeated only if it was not taken: see `FailedAttempt`. */
	idempotent?: boolean;
	/** What an error of this call names. */
	facts?: AnswerFacts;
	/** More facts, out of an answer that carries an error. */
	factsBeside?: (body: Body | undefined) => ErrorFacts;
	/** Integers beyond 2^53 in the answer come as `bigint` instead of losing digits. */
	exactIntegers?: boolean;
	/** Whether a 2xx answer is what was asked for although it carries an `error_code`. */
	acceptsErrorCode?: (body: Body | undefined) => boolean;
	/** @throws RunComfyError if the answer does not hold the value */
	read: (body: Body) => T;
	/** Reads an answer that is not a JSON object or list, which is `bad_response` otherwise. */
	readText?: (text: string) => T;
}

export interface CallOptions {
	signal?: AbortSignal | undefined;
	/** By default `READ_RETRIES`, or `SUBMIT_RETRIES` if the call is not idempotent. */
	retries?: RetryPolicy | undefined;
	/** Called before each wait for another attempt. */
	onRepeat?: ((failed: FailedAttempt, next: NextAttempt) => void) | undefined;
}

interface NextAttempt {
	/** The attempts so far. */
	attempts: number;
	/** Milliseconds until the next one. */
	delayMs: number;
}

export interface FailedAttempt {
	error: RunComfyError;
	/** Whether the call did not arrive, or was refused for now: see `isTurnedAway`. */
	notTaken: boolean;
	/** Milliseconds that the service asked to wait, counted from its answer. */
	retryAfterMs: number | undefined;
}

/**
 * An exchange with the API, repeated with back-off after network failures, 408, 429, 5xx and answers
 * that cannot be read, as far as the call is idempotent.
 * @throws RunComfyError the last attempt's error; `aborted`.
 */
export async function exchange<T>(
	client: Client,
	call: Call<T>,
	options: TryOptions<T>,
): Promise<T> {
	return valueOf(await tryExchange(client, call, options));
}

export interface TryOptions<T> extends CallOptions {
	/** The time, on the host's monotonic clock, after which no further attempt begins. Asked for after each. */
	deadline?: (() => number) | undefined;
	/** Waits for an attempt that an abort does not tear down. */
	finish?: (pending: Promise<Answered<T>>) => Promise<Answered<T>>;
	/** Called before each attempt, which waits for it. What it throws ends the exchange. */
	beforeAttempt?: (() => Promise<void>) | undefined;
	/** Attempts that were made before, perhaps by another process: they count as if they had been made here. */
	earlier?: EarlierAttempts | undefined;
}

export interface EarlierAttempts extends NextAttempt {
	/** The time of the first one, on the host's monotonic clock. */
	since: number;
	last: FailedAttempt;
}

export type Answered<T> = Attempt<T, FailedAttempt>;

/** For a caller that explains failures itself: returns the last attempt. @throws RunComfyError `aborted` */
export async function tryExchange<T>(
	client: Client,
	call: Call<T>,
	options: TryOptions<T>,
): Promise<Answered<T>> {
	const { host } = client;
	const { method = 'GET', idempotent = method === 'GET' || method === 'DELETE' } = call;
	const { retries = idempotent ? READ_RETRIES : SUBMIT_RETRIES, signal } = options;
	const { deadline = () => Infinity, finish, beforeAttempt, onRepeat, earlier } = options;
	let since = earlier?.since;
	const giveUpAt = () => Math.min(deadline(), (since ?? Infinity) + (retries.withinMs ?? Infinity));
	let failure: Answered<T> | undefined = earlier && { ...earlier.last, ok: false };
	const waitAfter = async (failed: FailedAttempt, next: NextAttempt) => {
		failure = { ...failed, ok: false };
		onRepeat?.(failed, next);
		await pause(host, next.delayMs, signal, call.facts);
	};
	if (earlier && earlier.delayMs > 0) await waitAfter(earlier.last, earlier);
	const attemptsOf = (number: number) => number + (earlier?.attempts ?? 0);
	return repeat(
		async () => {
			throwIfAborted(signal, call.facts);
			if (beforeAttempt) await beforeAttempt();
			since ??= host.monotonic();
			throwIfAborted(signal, call.facts);
			// The wait before this attempt may have outlasted the deadline.
			if (failure && host.monotonic() >= giveUpAt()) return failure;
			const pending = attempt(client, call, finish ? undefined : signal);
			return finish ? finish(pending) : pending;
		},
		({ error, notTaken, retryAfterMs }, number) => {
			if (!error.retryable || !(idempotent || notTaken)) return undefined;
			const delayMs = retryDelay(retries, attemptsOf(number), retryAfterMs);
			return host.monotonic() + (delayMs ?? 0) >= giveUpAt() ? undefined : delayMs;
		},
		(delayMs, failed, number) => waitAfter(failed, { attempts: attemptsOf(number), delayMs }),
	);
}

/** One exchange, read but not repeated. @throws RunComfyError `aborted`, and nothing else */
async function attempt<T>(
	client: Client,
	call: Call<T>,
	signal: AbortSignal | undefined,
): Promise<Answered<T>> {
	try {
		const response = await client.host.request(toHttp(client, call, signal));
		throwIfAborted(signal, call.facts);
		return readAnswer(client, call, response);
	} catch (thrown) {
		throwIfAborted(signal, call.facts);
		return { ok: false, ...readFailure(client, call, thrown) };
	}
}

function toHttp(
	{ baseUrl }: Client,
	call: Call<unknown>,
	signal: AbortSignal | undefined,
): HttpRequest {
	const { method = 'GET', url, body, contentType = 'application/json' } = call;
	return {
		method,
		url,
		headers: {
			accept: 'application/json',
			'user-agent': USER_AGENT,
			...(body === undefined ? {} : { 'content-type': contentType }),
		},
		...(body === undefined ? {} : { body }),
		authenticate: true,
		baseUrl,
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
	// The largest answers take tenths of a second.
	const turn = takingTurns(client.host);
	const much = tooMuch(response.body ?? '', mostBytes(call));
	if (much !== undefined) return { ok: false, ...tooLarge(call, much, status) };
	const text = conceal(client, (response.body ?? '').replace(/^\uFEFF/, ''));
	// A secret that JSON escapes shows only once the text is parsed, and one in JSON within a text once the
	// answer is read.
	const clean = <V>(value: V): V =>
		text.includes('\\') ? mapTexts(value, (inner) => conceal(client, inner)) : value;
	await turn();
	const body = clean(await parseBody(text, call.exactIntegers === true, turn));
	await turn();
	const retryAfterMs = retryAfterOf(headers, client.host.now());
	const beside = call.factsBeside?.(body) ?? {};
	// If the answer names a request, the call was taken, whatever the status says.
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
		return { ok: true, value: clean(readBody(call, body, text, status)) };
	} catch (thrown) {
		const unread = toRunComfyError(thrown, 'bad_response');
		return failed(unread.with({ ...call.facts, httpStatus: status }));
	}
}

/**
 * Whether the answer says to come back later, so that the call was not carried out: a 429, or a 503 with
 * Retry-After. RunComfy's own numbers decide before the HTTP status, and those of the 5xx family do not say so.
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
	if (call.readText) return call.readText(text);
	const start = redact(oneLine(withoutSecret(text, call.facts?.secrets), 80));
	throw new RunComfyError(
		'bad_response',
		`The answer (HTTP ${httpStatus}) is not the JSON that RunComfy sends; it starts with: ${start}`,
	);
}

// An empty body parses to null: some calls (delete) answer with nothing.
async function parseBody(
	text: string,
	exact: boolean,
	turn: () => Promise<void>,
): Promise<Body | undefined> {
	if (text.trim() === '') return null;
	const json = exact ? markIntegers(text) : { text };
	await turn();
	const value = tried(() => readMarked(json));
	await turn();
	return typeof value === 'object' ? (cutDeep(value) as Body) : undefined;
}

function readFailure(client: Client, call: Call<unknown>, thrown: unknown): FailedAttempt {
	// The host's own refusal to send it.
	if (thrown instanceof RunComfyError) {
		return { error: thrown.with(call.facts ?? {}), notTaken: true, retryAfterMs: undefined };
	}
	const { code, undelivered, transient, message } = readNetworkFailure(thrown);
	if (code === ANSWER_TOO_LARGE) {
		return tooLarge(call, `is larger than ${Math.ceil(mostBytes(call) / 2 ** 20)} MB`);
	}
	const what = code ?? redact(conceal(client, message), call.facts?.secrets);
	const error = new RunComfyError(
		'service_unavailable',
		`No answer from ${new URL(call.url).origin} (${what})`,
		{
			...call.facts,
			retryable: transient,
			details: { network_code: code ?? 'unknown' },
			...(transient ? {} : { hint: UNTRUSTED_HINT }),
		},
	);
	return { error, notTaken: undelivered, retryAfterMs: undefined };
}

// The call is not repeated: the next answer would be just as large, and a result may have a good reason to be.
function tooLarge({ facts, url }: Call<unknown>, how: string, httpStatus?: number): FailedAttempt {
	const error = new RunComfyError('bad_response', `The answer from ${new URL(url).origin} ${how}`, {
		...facts,
		retryable: false,
		hint: TOO_LARGE_HINT,
		httpStatus,
	});
	return { error, notTaken: false, retryAfterMs: undefined };
}

function conceal(client: Client, text: string): string {
	return withoutSecret(text, client.host.secrets);
}

const TOO_LARGE_HINT =
	'Check the base URL: RunComfy’s answers are small. If it is the result of a run, have the workflow save its large texts as files.';

const UNTRUSTED_HINT =
	'The server’s certificate is not trusted here. Behind a company proxy, give Node.js its certificate (NODE_EXTRA_CA_CERTS).';

/** Whether a call that changes something may have been carried out although it failed. */
export function isOutcomeUnknown({ error, notTaken }: FailedAttempt): boolean {
	if (notTaken || isOwnRefusal(error)) return false;
	const { code, httpStatus } = error;
	// RunComfy does not redirect: whatever does stands in front of it, and passed nothing on.
	const redirect = httpStatus !== undefined && httpStatus >= 300 && httpStatus < 400;
	return code === 'service_unavailable' || (code === 'bad_response' && !redirect);
}

/** @throws Error with the code `EMSGSIZE` after `maxBytes`, without reading the rest */
export async function readAnswerText(
	chunks: AsyncIterable<Uint8Array>,
	maxBytes: number = ANSWER_BYTES.plain,
): Promise<string> {
	// Whoever parses the text drops a byte order mark at its start.
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
