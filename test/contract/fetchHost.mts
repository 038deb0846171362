import { setTimeout as delay } from 'node:timers/promises';
import type { Host, HttpRequest, HttpResponse } from '../../core/index';
import { EPOCH, type VirtualClock } from '../support/virtualClock.mts';

export interface FetchHostOptions {
	token: string;
	clock: VirtualClock;
	/** Whether the server has since received a call of that path, which it will never answer. */
	isSilent: (path: string, sinceCall: number) => boolean;
	/** How many calls the server has received so far. */
	callsTaken: () => number;
}

/**
 * A host over the global `fetch`, on a clock that stands still while bytes are on their way and
 * otherwise jumps from one sleeper to the next: minutes of polling a real server pass at once. Where
 * the server stays silent, the time that the call may take passes at once, too.
 */
export function createFetchHost(options: FetchHostOptions): Host {
	const { token, clock } = options;
	return {
		now: () => clock.now(),
		monotonic: () => clock.now() - EPOCH,
		toBase64: (bytes) => Buffer.from(bytes).toString('base64'),
		sleep: (ms, signal) => clock.sleep(ms, signal),
		secrets: token,
		async request(request) {
			const silence = new AbortController();
			const answered = new AbortController();
			void watchForSilence(request, options, answered.signal).then(
				(silent) => silent && silence.abort(),
			);
			try {
				return await clock.holdFor(exchange(request, token, clock, silence.signal));
			} catch (error) {
				if (!silence.signal.aborted || request.signal?.aborted) throw error;
				await clock.sleep(request.timeoutMs, request.signal);
				throw Object.assign(new Error('No answer in time'), { code: 'ETIMEDOUT' });
			} finally {
				answered.abort();
			}
		},
	};
}

async function watchForSilence(
	{ url }: HttpRequest,
	{ isSilent, callsTaken }: FetchHostOptions,
	answered: AbortSignal,
): Promise<boolean> {
	const since = callsTaken();
	const { pathname, search } = new URL(url);
	while (!answered.aborted) {
		if (isSilent(pathname + search, since)) return true;
		await delay(5);
	}
	return false;
}

async function exchange(
	request: HttpRequest,
	token: string,
	clock: VirtualClock,
	silence: AbortSignal,
): Promise<HttpResponse> {
	const { method, url, headers, body, authenticate, signal } = request;
	const response = await fetch(url, {
		method,
		headers: { ...headers, ...(authenticate ? { authorization: `Bearer ${token}` } : {}) },
		redirect: authenticate ? 'manual' : 'follow',
		signal: AbortSignal.any([silence, ...(signal ? [signal] : [])]),
		...(body === undefined ? {} : { body: body as BodyInit, duplex: 'half' }),
	});
	const headersBack: Record<string, string> = {};
	response.headers.forEach((value, name) => (headersBack[name] = value));
	const answer = { status: response.status, headers: headersBack };
	return request.expect === 'text'
		? { ...answer, body: await response.text() }
		: { ...answer, stream: held(response.body, clock) };
}

/** Passes on the same bytes, with the clock stopped while it waits for them. */
async function* held(
	body: ReadableStream<Uint8Array> | null,
	clock: VirtualClock,
): AsyncGenerator<Uint8Array> {
	if (!body) return;
	const reader = body.getReader();
	try {
		for (;;) {
			const step = await clock.holdFor(reader.read());
			if (step.done) return;
			yield step.value;
		}
	} finally {
		await reader.cancel().catch(() => undefined);
	}
}
