import {
	type Client,
	createClient,
	type Host,
	type HttpRequest,
	RunComfyError,
} from '../../../core/index';
import { unreachable } from '../../support/expect.mts';
import {
	abortError,
	createVirtualClock,
	EPOCH,
	type VirtualClock,
} from '../../support/virtualClock.mts';

/** A scripted answer to a call. */
export interface Reply {
	/** 200 by default. */
	status?: number;
	headers?: Record<string, string>;
	body?: string;
	/** A streamed body: bytes, pauses in milliseconds, or an error that breaks it off. */
	chunks?: Array<Uint8Array | number | Error>;
	/** Milliseconds until the answer; `Infinity` for none. */
	delayMs?: number;
}

/** One call as seen by the host. */
export interface Seen {
	at: number;
	/** A large body as a single text. */
	request: Omit<HttpRequest, 'body'> & { body?: string };
	/** Path and query of the URL. */
	path: string;
	/** `inference`, `status`, `result`, `cancel`, or the last part of another path. */
	leaf: string;
}

/** Answers a call, or throws an error of the host. `number` counts from 1. */
export type Script = (call: Seen, number: number) => Reply | Error;

export interface VirtualHost extends Host {
	clock: VirtualClock;
	calls: Seen[];
	/** Calls whose path ends with this. */
	callsOf(leaf: string): Seen[];
}

export interface VirtualHostOptions {
	clock?: VirtualClock;
	/** Milliseconds before each answer without its own delay. */
	latencyMs?: number;
	/** Redacted from every text, as by a real host. */
	token?: string;
	/** Whether the host ignores the abort of a call. */
	deaf?: boolean;
	/** Milliseconds by which the system clock is changed, after `ms` milliseconds. */
	clockSetBy?: (ms: number) => number;
}

export function createVirtualHost(script: Script, options: VirtualHostOptions = {}): VirtualHost {
	const { clock = createVirtualClock(), latencyMs = 0, token, deaf = false } = options;
	const { clockSetBy = () => 0 } = options;
	const calls: Seen[] = [];
	return {
		clock,
		calls,
		callsOf: (leaf) => calls.filter((call) => call.leaf === leaf),
		now: () => clock.now() + clockSetBy(clock.now() - EPOCH),
		monotonic: () => clock.now() - EPOCH,
		toBase64: (bytes) => Buffer.from(bytes).toString('base64'),
		sleep: (ms, signal) => clock.sleep(ms, signal),
		...(token === undefined ? {} : { secrets: [token] }),
		async request(request) {
			const { pathname, search } = new URL(request.url);
			const leaf = pathname.split('/').at(-1) ?? '';
			const call = { at: clock.now(), request, path: pathname + search, leaf };
			calls.push(call);
			const reply = script(call, calls.length);
			const signal = deaf ? undefined : request.signal;
			if (reply instanceof Error) {
				await wait(clock, latencyMs, request.timeoutMs, signal);
				throw reply;
			}
			await wait(clock, reply.delayMs ?? latencyMs, request.timeoutMs, signal);
			return {
				status: reply.status ?? 200,
				headers: reply.headers ?? {},
				...(request.expect === 'text'
					? { body: reply.body ?? '' }
					: { stream: streamOf(clock, reply, request.timeoutMs, signal) }),
			};
		},
	};
}

/** A client over a scripted host; the script may be a single reply for all calls. */
export function clientOf(
	script: Script | Reply | Error,
	options: VirtualHostOptions & { baseUrl?: string } = {},
): { client: Client; host: VirtualHost; clock: VirtualClock } {
	const host = createVirtualHost(typeof script === 'function' ? script : () => script, options);
	const { baseUrl } = options;
	return { client: createClient({ host, baseUrl }), host, clock: host.clock };
}

export function json(
	body: unknown,
	status = 200,
	headers: Record<string, string> = {},
): Required<Pick<Reply, 'status' | 'headers' | 'body'>> {
	return { status, headers, body: JSON.stringify(body) };
}

/** An error as an HTTP library throws it. */
export function failure(code: string, more: Record<string, unknown> = {}): Error {
	return Object.assign(new Error(`${code} happened`), { code, ...more });
}

/** Gives these replies in order, and the last one from then on. */
export function sequence(...replies: Array<Reply | Error>): Script {
	return (_call, number) => replies[Math.min(number, replies.length) - 1] ?? {};
}

async function wait(
	clock: VirtualClock,
	ms: number,
	timeoutMs: number,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (signal?.aborted) throw abortError();
	if (ms > 0) await clock.sleep(Math.min(ms, timeoutMs), signal);
	if (ms > timeoutMs) throw failure('ETIMEDOUT');
}

async function* streamOf(
	clock: VirtualClock,
	{ chunks = [], body }: Reply,
	timeoutMs: number,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
	if (body !== undefined) yield new TextEncoder().encode(body);
	for (const chunk of chunks) {
		if (signal?.aborted) throw abortError();
		if (chunk instanceof Error) throw chunk;
		if (typeof chunk === 'number') await wait(clock, chunk, timeoutMs, signal);
		else yield chunk;
	}
}

/** Runs work that must fail, and returns the error. */
export function thrownBy(work: () => unknown): RunComfyError {
	try {
		work();
	} catch (error) {
		return ownError(error);
	}
	return unreachable('it was accepted');
}

/** The same for asynchronous work. */
export const errorOf = (done: Promise<unknown>): Promise<RunComfyError> =>
	done.then(() => unreachable('it succeeded'), ownError);

function ownError(error: unknown): RunComfyError {
	if (error instanceof RunComfyError) return error;
	throw error;
}
