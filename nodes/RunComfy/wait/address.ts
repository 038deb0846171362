import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host } from '../../../core';
import { runtime } from '../runtime';

/**
 * Follows the id of the execution in the address where it is resumed. Under the address without it,
 * other nodes wait, such as one further on that the execution has reached in the meantime.
 */
export const RESUME_PATH = 'runcomfy';

/** What n8n answers to a call that has the execution go on. */
export const RESUMED = 'runcomfy resumed';

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
 * An address that reaches n8n. The one that n8n gives is that of its own process unless WEBHOOK_URL is
 * set, and a worker answers nothing there.
 */
export async function findAddress(
	context: IExecuteFunctions,
	host: Host,
): Promise<URL | undefined> {
	const { answering } = runtime;
	const given = resumeAddress(context);
	if (!given) return undefined;
	for (const address of [given, ...elsewhere(context, given)]) {
		if (!answering.has(address.origin) && !(await answers(host, address))) continue;
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

const ORIGIN = 'https://runcomfy.invalid';

/**
 * Whether n8n takes calls under this address. The question costs n8n nothing, and n8n logs an error for
 * every other one about an execution that runs. n8n allows any origin there (2.8 to 2.41).
 */
async function answers(host: Host, { href: url }: URL): Promise<boolean> {
	const headers = { origin: ORIGIN, 'access-control-request-method': 'POST' };
	const asked = { method: 'OPTIONS', url, headers, authenticate: false, expect: 'text' } as const;
	try {
		const { status, headers: said } = await host.request({ ...asked, timeoutMs: PROBE_MS });
		return status === 204 && said['access-control-allow-origin'] === ORIGIN;
	} catch {
		return false;
	}
}
