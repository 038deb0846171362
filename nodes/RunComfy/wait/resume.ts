import type { IWebhookDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import {
	type Client,
	getResult,
	getStatus,
	isFinalResult,
	isFinished,
	mapSettled,
	NO_RETRIES,
	type RequestRef,
	type ResultState,
} from '../../../core';
import {
	type NodeRun,
	type OpenRequest,
	openRequests,
	type Parked,
	parkedRun,
} from '../session/entries';
import { openClient } from '../session/session';
import { ASK, parkedAnswer, RESUME_PATH, RESUMED } from './address';
import { keptContext } from './reentry';

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

/** Requests that are asked for at the same time. */
const LOOKS_AT_ONCE = 10;

/**
 * Somebody calls the address where a parked execution is resumed: the watcher, RunComfy, or anybody
 * who knows it. The call is believed in nothing: the execution goes on when RunComfy itself says that
 * its requests have ended, and is left as it is otherwise. An error would end it, so none comes out.
 */
export async function answerCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const run = parkedRun(keptContext(context, context.getNode()));
	if (!run) return { webhookResponse: parkedAnswer('elsewhere') };
	const { id } = run.parked;
	const query = context.getQueryData() as Record<string, unknown>;
	const goesOn = query['runcomfy'] !== ASK && (await isOverNow(context, run).catch(() => false));
	if (!goesOn) return { webhookResponse: parkedAnswer(id) };
	// n8n puts these in the place of the items of the node's own entry: see `reentryOf`.
	return { workflowData: [] };
}

/**
 * Milliseconds after which the execution may be another than n8n has read for this call: n8n's timer may
 * have gone on with it, and parked it again. With the old one, what it has submitted meanwhile would be
 * submitted twice.
 */
const FRESH_MS = 500;

/** Times of parked executions that were seen to be over by looks that took too long. */
const over = new Set<string>();
const MOST_OVER = 1_000;

/** Whether the requests have ended, as is seen at once. After a slow look the next call is told so. */
async function isOverNow(
	context: IWebhookFunctions,
	run: NodeRun & { parked: Parked },
): Promise<boolean> {
	const { executionId, id } = run.parked;
	const key = `${executionId} ${context.getNode().name} ${id}`;
	if (over.delete(key)) return true;
	const since = performance.now();
	if (!(await isOver(context, run))) return false;
	if (performance.now() - since < FRESH_MS) return true;
	over.add(key);
	const [oldest] = over;
	if (over.size > MOST_OVER && oldest !== undefined) over.delete(oldest);
	return false;
}

/** @throws RunComfyError where the credential cannot be used. */
async function isOver(
	context: IWebhookFunctions,
	run: NodeRun & { parked: Parked },
): Promise<boolean> {
	const client = await openClient(context);
	const open = openRequests(run);
	const looks = await mapSettled(open, LOOKS_AT_ONCE, (one) => hasEnded(client, one));
	const ended = open.filter((_one, index) => {
		const look = looks[index];
		return look?.ok === true && look.value;
	});
	if (ended.length === open.length) return true;
	if (!run.parked.stopAtFailure) return false;
	const failures = await mapSettled(ended, LOOKS_AT_ONCE, (one) => hasFailed(client, one));
	return failures.some((failure) => failure.ok && failure.value);
}

async function hasEnded(client: Client, { ref, deadline }: OpenRequest): Promise<boolean> {
	if (deadline && client.host.now() >= deadline) return true;
	const { status } = await getStatus(client, ref, { retries: NO_RETRIES });
	// A status may stay behind: the result decides.
	return isFinished(status) || isFinalResult(await resultOf(client, ref));
}

async function hasFailed(client: Client, { ref, deadline }: OpenRequest): Promise<boolean> {
	if (deadline && client.host.now() >= deadline) return true;
	const status = await resultOf(client, ref);
	return status === 'failed' || status === 'canceled';
}

async function resultOf(client: Client, ref: RequestRef): Promise<ResultState> {
	return (await getResult(client, ref, { retries: NO_RETRIES })).status;
}
