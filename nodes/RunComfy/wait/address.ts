import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host } from '../../../core';

/**
 * Follows the id of the execution in the address where it is resumed. Under the address without it
 * other nodes wait, such as one further on that the execution has reached meanwhile.
 */
export const RESUME_PATH = 'runcomfy';
/** Marks a call that only asks whether the execution is still parked. */
export const ASK = 'ask';
/** Marks a call that asks the execution to go on. */
export const WAKE = 'wake';
/** Marks the address that RunComfy is given. */
export const CALL = 'call';

/** The query parameter with the mark. */
export const KIND = 'runcomfy';

/** Milliseconds for one call to n8n itself. */
const CALL_MS = 10_000;

/** What n8n says of an execution under its resume address. */
export type Answer =
	| { state: 'parked'; park: string }
	| { state: 'resumed' | 'running' | 'stopped' | 'finished' | 'elsewhere' | 'unknown' };

/** Asks n8n under the address where an execution is resumed. Never throws. */
export async function call(
	host: Host,
	address: URL,
	kind: typeof ASK | typeof WAKE,
	signal?: AbortSignal,
): Promise<Answer> {
	const url = kindOf(address, kind);
	try {
		const { status, body = '' } = await host.request({
			method: 'POST',
			url: url.href,
			headers: { accept: 'application/json' },
			authenticate: false,
			expect: 'text',
			timeoutMs: CALL_MS,
			...(signal && { signal }),
		});
		return read(status, body);
	} catch {
		return { state: 'unknown' };
	}
}

export function kindOf(address: URL, kind: typeof ASK | typeof WAKE | typeof CALL): URL {
	const url = new URL(address);
	url.searchParams.set(KIND, kind);
	return url;
}

// n8n's words are the same in 2.8 and 2.41.
function read(status: number, body: string): Answer {
	if (status === 409 && body.includes('is running already')) return { state: 'running' };
	if (status === 500 && NO_DATA.test(body)) return { state: 'running' };
	if (status === 409 && body.includes('finished with error')) return { state: 'stopped' };
	if (status === 409 && body.includes('finished already')) return { state: 'finished' };
	if (status === 404 && NO_EXECUTION.test(body)) return { state: 'stopped' };
	if (status === 404 && body.includes('waiting webhook')) return { state: 'elsewhere' };
	if (status !== 200) return { state: 'unknown' };
	if (body.includes(RESUMED)) return { state: 'resumed' };
	const [, park] = PARKED.exec(body) ?? [];
	return park === undefined ? { state: 'unknown' } : { state: 'parked', park };
}

// Of an execution that was started in the editor, n8n stores no data before it parks or ends, and stumbles
// over that. It knows the execution, then: of any other it says that there is none.
const NO_DATA = /reading '(?:resumeToken|validateSignature)'/;

// A proxy in front of n8n says of many a thing that it does not exist.
const NO_EXECUTION = /The execution \S{1,80} does not exist/;

/** What the node answers to a call that lets the execution go on, and to any other. */
export const RESUMED = 'runcomfy resumed';
const PARKED = /runcomfy parked ([\w-]+)/;

export function parkedAnswer(park: string): string {
	return `runcomfy parked ${park}`;
}

/** The address where this execution is resumed, as n8n gives it; undefined where that is none of the web. */
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

/** Origins under which n8n has answered. They stay as they are while n8n runs. */
const answering = new Set<string>();

/**
 * An address that reaches this n8n: of an execution that is not parked yet, n8n says that it runs, and the
 * node itself answers for one that is.
 * The address that n8n gives is that of its own process, unless WEBHOOK_URL is set, and a worker
 * answers nothing there.
 */
export async function findAddress(
	context: IExecuteFunctions,
	host: Host,
): Promise<URL | undefined> {
	const given = resumeAddress(context);
	if (!given) return undefined;
	for (const address of [given, ...elsewhere(context, given)]) {
		if (answering.has(address.origin)) return address;
		const { state } = await call(host, address, ASK);
		if (state !== 'running' && state !== 'parked') continue;
		answering.add(address.origin);
		return address;
	}
	return undefined;
}

function elsewhere(context: IExecuteFunctions, given: URL): URL[] {
	const base = context.getInstanceBaseUrl();
	if (!URL.canParse(base) || new URL(base).origin === given.origin) return [];
	return [new URL(given.pathname + given.search, base)];
}
