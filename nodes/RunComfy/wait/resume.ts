import type { IWebhookDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { type Park, parkedRun } from '../session/ledger';
import { RESUME_PATH, RESUMED } from './address';
import { removeMark, storedContext } from './reentry';
import type { Wake } from './wakes';

const PARKED = 'runcomfy parked';

/** Where n8n takes calls for an execution that is parked. Not a trigger: it has nothing to register. */
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

/**
 * Answers a call of the address where a parked execution is resumed. Only the watcher knows the secret that
 * is stored with it; any other caller is answered at once, and nothing happens. Never throws: an error would
 * end the execution.
 */
export async function answerCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const run = parkedRun(storedContext(context, context.getNode()));
	const { secret, ended, seen } = context.getBodyData() as Partial<Omit<Wake, 'address'>>;
	if (!run || !mayWake(run.parked, secret)) return { webhookResponse: PARKED };
	removeMark(context);
	Object.assign(run, { ended, seen });
	// n8n puts these in the place of the items of the node's own entry: see `reentryOf`.
	return { workflowData: [] };
}

/**
 * Milliseconds before n8n's timer resumes an execution in which nobody else does. n8n goes on with what
 * it had read when the call came: if its timer goes on first, and the node submits and parks again, the
 * call would submit the same once more.
 */
export const TIMER_MS = 2_000;

function mayWake({ secret, until }: Park, given: unknown): boolean {
	return secret === given && Date.now() < until - TIMER_MS;
}
