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
 * How a parked execution is woken: the URL at which n8n resumes it, the watcher's call, and the node's answer.
 */

/**
 * The last part of the URL at which n8n resumes the execution. The URL without this part belongs to other waiting
 * nodes, such as one that the execution reaches later.
 */
export const RESUME_PATH = 'runcomfy';

/** The answers to a call that resumes the execution, and to any other call. */
const RESUMED = 'runcomfy resumed';
const PARKED = 'runcomfy parked';

/** Declared although n8n registers no webhook: this node is not a trigger. */
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

/** What the watcher sends to wake an execution. */
interface WakeCall extends Said {
	/** Proves that the watcher calls: see `Park`. */
	secret: string;
}

/**
 * In the last milliseconds before n8n's timer, only the timer may resume an execution. A call resumes the data that
 * n8n read when the call arrived. If the timer came first, and the node submitted and parked again, the call would
 * submit the same items again.
 */
export const TIMER_MS = 2_000;

/**
 * Answers calls of the URL at which n8n resumes a parked execution. Only the watcher knows the stored secret; calls
 * from anybody else change nothing. Never throws, since an error would end the execution.
 */
export async function answerCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const run = parkedRun(storedContext(context, context.getNode()));
	const { secret, ended, seen } = Object(context.getBodyData()) as Partial<WakeCall>;
	if (!run || run.parked.secret !== secret || Date.now() >= run.parked.until - TIMER_MS) {
		return { webhookResponse: PARKED };
	}
	removeMark(context);
	run.said = { ended, seen };
	// n8n replaces the items of the node's own stack entry with these: see `reentryOf`.
	return { workflowData: [] };
}

/** Time limit in milliseconds for asking whether n8n answers at an address. */
const PROBE_MS = 10_000;

/** The URL at which n8n says that it resumes this execution; undefined if it is not a web URL. */
export function resumeAddress(context: IExecuteFunctions): URL | undefined {
	const { $execution } = context.getWorkflowDataProxy(0) as {
		$execution?: { resumeUrl?: string };
	};
	const url = $execution?.resumeUrl ?? '';
	if (!URL.canParse(url)) return undefined;
	const address = new URL(url);
	if (!/^https?:$/.test(address.protocol)) return undefined;
	address.pathname += `/${RESUME_PATH}`;
	return address;
}

/**
 * A URL that reaches n8n. Unless N8N_WEBHOOK_URL (before n8n 2.30: WEBHOOK_URL) is set, n8n gives the URL of the
 * process, at which a worker does not answer. @throws if n8n's own rules forbid the only URL
 */
export async function findAddress(
	context: IExecuteFunctions,
	host: Host,
): Promise<URL | undefined> {
	const { answering } = runtime;
	const own = resumeAddress(context);
	if (!own) return undefined;
	let blocked: Error | undefined;
	for (const address of [own, ...elsewhere(context, own)]) {
		const before = answering.get(address.origin);
		if (before === false) continue;
		const answer = before ?? (await answers(host, address));
		if (answer instanceof Error) blocked = answer;
		if (answer !== true) continue;
		answering.set(address.origin, true);
		return address;
	}
	if (blocked) return Promise.reject(blocked);
	return undefined;
}

function elsewhere(context: IExecuteFunctions, own: URL): URL[] {
	const base = context.getInstanceBaseUrl();
	if (!URL.canParse(base) || new URL(base).origin === own.origin) return [];
	return [new URL(own.pathname + own.search, base)];
}

const ORIGIN = 'https://runcomfy.invalid';

/**
 * Whether n8n answers at this URL. An OPTIONS call is the only call about a running execution for which n8n logs no
 * error, and n8n allows any origin there (2.8 to 2.41).
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

/** What n8n answers to a call that wakes an execution. */
type Answer = 'resumed' | 'running' | 'gone' | 'redirected' | 'failed';

/**
 * How many executions this process wakes at the same time. For each wake-up, n8n loads and runs an execution, so
 * more at a time would only delay all of them.
 */
const AT_ONCE = 2;

/**
 * Time limit of a wake-up in milliseconds. The limit is long, because repeated calls only add to the work of a busy
 * n8n.
 */
const WAKE_MS = 60_000;

/** Milliseconds to pause after n8n has refused or not answered a wake-up: the first pause and the longest. */
const REST_MS = { first: 500, most: 30_000 };

/** Shortest time in milliseconds between two wake-ups that only submit more items. */
const REFILL_MS = 2_000;

/** The same time, as a multiple of how long n8n took for the latest wake-up. */
const REFILL_SHARE = 10;

/** Asks n8n to resume an execution, when it is that execution's turn. Never throws. */
export async function wake(
	host: Host,
	address: URL,
	said: WakeCall,
	signal: AbortSignal,
): Promise<Answer> {
	const { wakes } = runtime;
	return fewAtOnce(wakes, async () => {
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

/** Milliseconds that an execution stays parked before it is woken only to submit more items. */
export function refillMs(): number {
	return Math.max(REFILL_MS, REFILL_SHARE * runtime.wakes.tookMs);
}

async function fewAtOnce<T>(wakes: typeof runtime.wakes, work: () => Promise<T>): Promise<T> {
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

// Compares n8n's texts, which are the same in 2.8 and 2.41.
function answerIn(status: number, body: string): Answer {
	if (status === 200) return body.includes(RESUMED) ? 'resumed' : 'gone';
	if (status >= 300 && status < 400) return 'redirected';
	if (status === 409) return body.includes('is running already') ? 'running' : 'gone';
	return status === 404 && NO_EXECUTION.test(body) ? 'gone' : 'failed';
}

// A 404 alone may come from a proxy in front of n8n.
const NO_EXECUTION = /The execution \S{1,80} does not exist|waiting webhook/;
