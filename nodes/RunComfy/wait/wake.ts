import type {
	IExecuteFunctions,
	IWebhookDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import type { Host } from '../../../core';
import { runtime } from '../runtime';
import { parkedRun, type Said } from '../session/ledger';
import { isBlocked } from '../transport/host';
import { removeMark, storedContext } from './reentry';

/*
 * How a parked execution is woken: the address where n8n takes calls for it, the call that the watcher makes
 * there, and what the node answers.
 */

/**
 * Follows the id of the execution in the address where it is resumed. Under the address without it,
 * other nodes wait, such as one further on that the execution has reached in the meantime.
 */
export const RESUME_PATH = 'runcomfy';

/** What n8n answers to a call that has the execution go on, and to any other one. */
const RESUMED = 'runcomfy resumed';
const PARKED = 'runcomfy parked';

/** The node is no trigger, so it has nothing to register. */
export const resumeWebhooks: IWebhookDescription[] = [
	{
		name: 'default',
		httpMethod: 'POST',
		path: RESUME_PATH,
		responseMode: 'onReceived',
		responseData: RESUMED,
		restartWebhook: true,
	},
];

/** What the watcher says when it wakes an execution. */
interface WakeCall extends Said {
	/** Shows that it is the watcher who calls: see `Park`. */
	secret: string;
}

/**
 * Milliseconds before n8n's timer resumes an execution, in which only the timer may do so. n8n goes on with what
 * it had read when the call came: if its timer goes on first, and the node submits and parks again, the
 * call would submit the same once more.
 */
export const TIMER_MS = 2_000;

/**
 * Answers a call of the address where a parked execution is resumed. Only the watcher knows the secret that
 * is stored with it; any other caller is answered at once, and nothing happens. Never throws: an error would
 * end the execution.
 */
export async function answerCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const run = parkedRun(storedContext(context, context.getNode()));
	const { secret, ended, seen } = Object(context.getBodyData()) as Partial<WakeCall>;
	if (!run || run.parked.secret !== secret || Date.now() >= run.parked.until - TIMER_MS) {
		return { webhookResponse: PARKED };
	}
	removeMark(context);
	run.said = { ended, seen };
	// n8n replaces the items of the node's own entry with these: see `reentryOf`.
	return { workflowData: [] };
}

/** Milliseconds for the question whether n8n answers under an address. */
const PROBE_MS = 10_000;

/** The address where this execution is resumed, as n8n gives it; undefined if that is not a web address. */
export function resumeAddress(context: IExecuteFunctions): URL | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as {
		$execution?: { resumeUrl?: string };
	};
	const given = $execution?.resumeUrl ?? '';
	if (!URL.canParse(given)) return undefined;
	const address = new URL(given);
	if (!/^https?:$/.test(address.protocol)) return undefined;
	address.pathname += `/${RESUME_PATH}`;
	return address;
}

/**
 * An address that reaches n8n. The one that n8n gives is that of its own process unless N8N_WEBHOOK_URL (before n8n
 * 2.30: WEBHOOK_URL) is set, and a worker answers nothing there. @throws if n8n's own rules forbid the only address
 */
export async function findAddress(
	context: IExecuteFunctions,
	host: Host,
): Promise<URL | undefined> {
	const { answering } = runtime;
	const given = resumeAddress(context);
	if (!given) return undefined;
	let blocked: Error | undefined;
	for (const address of [given, ...elsewhere(context, given)]) {
		const known = answering.get(address.origin);
		if (known === false) continue;
		const answer = known ?? (await answers(host, address));
		if (answer instanceof Error) blocked = answer;
		if (answer !== true) continue;
		answering.set(address.origin, true);
		return address;
	}
	if (blocked) return Promise.reject(blocked);
	return undefined;
}

function elsewhere(context: IExecuteFunctions, given: URL): URL[] {
	const base = context.getInstanceBaseUrl();
	if (!URL.canParse(base) || new URL(base).origin === given.origin) return [];
	return [new URL(given.pathname + given.search, base)];
}

const ORIGIN = 'https://runcomfy.invalid';

/**
 * Whether n8n takes calls under this address. The question costs n8n nothing, and n8n logs an error for
 * every other one about an execution that runs. n8n allows any origin there (2.8 to 2.41).
 */
async function answers(host: Host, { href: url }: URL): Promise<boolean | Error> {
	const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
	const asked = { method: 'OPTIONS', url, headers, authenticate: false, expect: 'text' } as const;
	try {
		const { status, headers: said } = await host.request({ ...asked, timeoutMs: PROBE_MS });
		return status === 204 && said['access-control-allow-origin'] === ORIGIN;
	} catch (error) {
		return isBlocked(error) ? (error as Error) : false;
	}
}

/** What n8n says when it is asked to go on with an execution. */
type Answer = 'resumed' | 'running' | 'gone' | 'redirected' | 'failed';

/**
 * Wake-ups that n8n handles at the same time, for all executions that this process watches. For each one
 * n8n loads and runs the execution: more at a time would only delay all of them.
 */
const AT_ONCE = 2;

/** Milliseconds that n8n may take: while it works on one, asking again would only add to its work. */
const WAKE_MS = 60_000;

/** Milliseconds without a wake-up after n8n has refused one or not answered, at first and at most. */
const REST_MS = { first: 500, most: 30_000 };

/** The least milliseconds between two wake-ups of an execution that only submit the next items. */
const REFILL_MS = 2_000;

/** The pause until the next such wake-up, as a multiple of the time that n8n took for the last. */
const REFILL_SHARE = 10;

/** Has n8n go on with an execution, in its turn. Never throws. */
export async function wake(
	host: Host,
	address: URL,
	said: WakeCall,
	signal: AbortSignal,
): Promise<Answer> {
	const { wakes } = runtime;
	return inTurn(wakes, async () => {
		const restMs = wakes.restMs * (0.75 + Math.random() / 2);
		if (restMs > 0) await host.sleep(restMs, signal).catch(() => undefined);
		if (signal.aborted) return 'failed';
		const began = host.monotonic();
		const answer = await call(host, address, said);
		wakes.tookMs = host.monotonic() - began;
		if (answer === 'redirected') runtime.answering.set(address.origin, false);
		const longer = Math.min(REST_MS.most, 2 * wakes.restMs) || REST_MS.first;
		wakes.restMs = answer === 'failed' ? longer : 0;
		return answer;
	});
}

/** Milliseconds that an execution stays parked before the next items alone are a reason to wake it. */
export function refillMs(): number {
	return Math.max(REFILL_MS, REFILL_SHARE * runtime.wakes.tookMs);
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

async function call(host: Host, address: URL, said: WakeCall): Promise<Answer> {
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
	if (status >= 300 && status < 400) return 'redirected';
	if (status === 409) return body.includes('is running already') ? 'running' : 'gone';
	return status === 404 && NO_EXECUTION.test(body) ? 'gone' : 'failed';
}

// A proxy in front of n8n may answer that something does not exist, for many reasons.
const NO_EXECUTION = /The execution \S{1,80} does not exist|waiting webhook/;
