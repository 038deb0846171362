import type { Host, Observed } from '../../../core';
import { runtime } from '../runtime';
import { RESUMED } from './address';

/** What n8n says when it is asked to go on with an execution. */
export type Answer = 'resumed' | 'running' | 'gone' | 'failed';

export interface Wake {
	address: URL;
	/** Shows n8n that it is the watcher who calls: see `Park`. */
	secret: string;
	/** Ids of the requests that have ended: the node need not ask about the others. */
	ended: readonly string[];
	/** What was seen of all of them, by id: the node may go on in another process. */
	seen: Record<string, Observed>;
}

/**
 * Wake-ups that n8n handles at the same time, for all executions that this process watches. For each one
 * n8n loads and runs the execution: more at a time would only delay all of them.
 */
const AT_ONCE = 2;

/** Milliseconds that n8n may take: while it works on one, asking again would only add to its work. */
const WAKE_MS = 60_000;

/** Milliseconds without a wake-up after n8n has refused one or not answered, at first and at most. */
const REST_MS = { first: 500, most: 30_000 };

/** Milliseconds between two wake-ups of an execution that only bring the next items on their way, at least. */
const REFILL_MS = 2_000;

/** How many times as long as n8n took for a wake-up there is until the next such one. */
const REFILL_SHARE = 10;

/** Has n8n go on with an execution, in its turn. Never throws. */
export async function wake(host: Host, wanted: Wake, signal: AbortSignal): Promise<Answer> {
	const { wakes } = runtime;
	return inTurn(wakes, async () => {
		const restMs = wakes.restMs * (0.75 + Math.random() / 2);
		if (restMs > 0) await host.sleep(restMs, signal).catch(() => undefined);
		if (signal.aborted) return 'failed';
		const began = host.monotonic();
		const answer = await call(host, wanted);
		wakes.tookMs = host.monotonic() - began;
		wakes.restMs = answer === 'failed' ? longer(wakes.restMs) : 0;
		return answer;
	});
}

/** Milliseconds that an execution stays parked before the next items alone are a reason to wake it. */
export function refillMs(): number {
	return Math.max(REFILL_MS, REFILL_SHARE * runtime.wakes.tookMs);
}

function longer(ms: number): number {
	return ms === 0 ? REST_MS.first : Math.min(REST_MS.most, 2 * ms);
}

async function inTurn<T>(wakes: typeof runtime.wakes, work: () => Promise<T>): Promise<T> {
	if (wakes.busy < AT_ONCE) wakes.busy += 1;
	else await new Promise<void>((resolve) => wakes.waiting.push(resolve));
	try {
		return await work();
	} finally {
		const next = wakes.waiting.shift();
		if (next) next();
		else wakes.busy -= 1;
	}
}

async function call(host: Host, { address, ...said }: Wake): Promise<Answer> {
	try {
		const { status, body = '' } = await host.request({
			method: 'POST',
			url: address.href,
			headers: { accept: 'application/json', 'content-type': 'application/json' },
			body: JSON.stringify(said),
			authenticate: false,
			expect: 'text',
			timeoutMs: WAKE_MS,
		});
		return answerIn(status, body);
	} catch {
		return 'failed';
	}
}

// n8n's words are the same in 2.8 and 2.41.
function answerIn(status: number, body: string): Answer {
	if (status === 200) return body.includes(RESUMED) ? 'resumed' : 'gone';
	if (status === 409) return body.includes('is running already') ? 'running' : 'gone';
	return status === 404 && NO_EXECUTION.test(body) ? 'gone' : 'failed';
}

// A proxy in front of n8n says of many a thing that it does not exist.
const NO_EXECUTION = /The execution \S{1,80} does not exist|waiting webhook/;
