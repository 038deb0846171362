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
	type Settled,
} from '../../../core';
import {
	type NodeRun,
	type OpenRequest,
	openRequests,
	type Parked,
	parkedRun,
} from '../session/entries';
import { openClient } from '../session/session';
import { ASK, CALL, call, KIND, parkedAnswer, RESUME_PATH, RESUMED, WAKE } from './address';
import { keptContext, removeMark } from './reentry';

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
 * Somebody calls the address where a parked execution is resumed: the watcher, RunComfy, or anybody
 * who knows it. The call is believed in nothing: the execution goes on when RunComfy itself says that
 * its requests have ended, and is left as it is otherwise. An error would end it, so none comes out.
 */
export async function answerCall(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const run = parkedRun(keptContext(context, context.getNode()));
	if (!run) return { webhookResponse: parkedAnswer('elsewhere') };
	const { id, address } = run.parked;
	const kind = (context.getQueryData() as Record<string, unknown>)[KIND];
	if (kind === ASK) return { webhookResponse: parkedAnswer(id) };
	const client = await openClient(context).catch(() => undefined);
	const named = kind === CALL ? namedIn(context.getBodyData()) : undefined;
	const verdict = client ? await judge(context, client, { run, named }) : 'no';
	if (verdict === 'over') {
		removeMark(context);
		run.woken = kind === CALL ? 'runcomfy' : 'other';
		// n8n puts these in the place of the items of the node's own entry: see `reentryOf`.
		return { workflowData: [] };
	}
	// Nobody else may call again.
	if (verdict === 'late' && client && address) void call(client.host, new URL(address), WAKE);
	return verdict === 'lagging' ? again(context) : { webhookResponse: parkedAnswer(id) };
}

/** RunComfy's own result may be behind its call: after anything but 2xx, it calls once more. */
function again(context: IWebhookFunctions): IWebhookResponseData {
	const response = context.getResponseObject();
	response.setHeader('retry-after', '5');
	response.status(503).json({ message: 'RunComfy says that the request has not ended' });
	return { noWebhookResponse: true };
}

/** The request that RunComfy calls for, as a call says. */
function namedIn({ request_id: id }: { request_id?: unknown }): string | undefined {
	return typeof id === 'string' ? id : undefined;
}

/**
 * Milliseconds after which the execution may be another than n8n has read for this call: n8n's timer may
 * have gone on with it, and parked it again. With the old one, what it has submitted meanwhile would be
 * submitted twice.
 */
const FRESH_MS = 500;

/** Times of parked executions that were seen to be over by looks that took too long. */
const over = new Map<string, true>();

interface Question {
	run: NodeRun & { parked: Parked };
	named: string | undefined;
}

/**
 * Whether the requests have ended, as is seen at once. After a slow look (`late`) the next call is told
 * so. A call for a request that RunComfy says has not ended is `lagging`, or forged.
 */
async function judge(
	context: IWebhookFunctions,
	client: Client,
	{ run, named }: Question,
): Promise<'over' | 'late' | 'lagging' | 'no'> {
	const { executionId, id } = run.parked;
	const key = `${executionId} ${context.getNode().name} ${id}`;
	if (over.delete(key)) return 'over';
	const since = performance.now();
	const verdict = await look(client, { run, named });
	if (verdict !== 'over' || performance.now() - since < FRESH_MS) return verdict;
	keep(over, key, true);
	return 'late';
}

async function look(client: Client, { run, named }: Question): Promise<'over' | 'lagging' | 'no'> {
	const { stopAtFailure } = run.parked;
	const open = openRequests(run);
	const first = open.filter(({ ref }) => ref.requestId === named);
	const ended: OpenRequest[] = [];
	// Each of many requests has its call: of the others, one that goes on is enough to know.
	for (const group of first.length > 0 ? [first, ...growing(open)] : [open]) {
		const looks = await mapSettled(group, LOOKS_AT_ONCE, (one) => hasEnded(client, one));
		const over = group.filter((_one, index) => isTrue(looks[index]));
		ended.push(...over);
		if (over.length === group.length) continue;
		if (group === first) return 'lagging';
		return stopAtFailure && (await anyFailed(client, ended)) ? 'over' : 'no';
	}
	return 'over';
}

/** Requests that are asked for at the same time. */
const LOOKS_AT_ONCE = 10;

/** All of these, in groups of 1, 2, 4, … */
function growing<T>(all: readonly T[], size = 1): T[][] {
	return all.length > 0 ? [all.slice(0, size), ...growing(all.slice(size), 2 * size)] : [];
}

async function anyFailed(client: Client, ended: readonly OpenRequest[]): Promise<boolean> {
	const failures = await mapSettled(ended, LOOKS_AT_ONCE, (one) => hasFailed(client, one));
	return failures.some(isTrue);
}

function isTrue(settled: Settled<boolean> | undefined): boolean {
	return settled?.ok === true && settled.value;
}

/** What is known of the end of requests: it never changes. */
const ends = new Map<string, 'ended' | 'failed' | 'succeeded'>();
const MOST_KEPT = 1_000;

function keep<T>(map: Map<string, T>, key: string, value: T): void {
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > MOST_KEPT && oldest !== undefined) map.delete(oldest);
}

async function hasEnded(client: Client, { ref, deadline }: OpenRequest): Promise<boolean> {
	if (ends.has(ref.requestId) || isPast(client, deadline)) return true;
	const { status } = await getStatus(client, ref, { retries: NO_RETRIES });
	// A status may stay behind: the result decides.
	if (!isFinished(status)) return (await endOf(client, ref)) !== undefined;
	keep(ends, ref.requestId, 'ended');
	return true;
}

async function hasFailed(client: Client, { ref, deadline }: OpenRequest): Promise<boolean> {
	const known = ends.get(ref.requestId);
	if (known === 'failed' || known === 'succeeded') return known === 'failed';
	return isPast(client, deadline) || (await endOf(client, ref)) === 'failed';
}

function isPast({ host }: Client, deadline: number | undefined): boolean {
	return deadline !== undefined && host.now() >= deadline;
}

async function endOf(client: Client, ref: RequestRef): Promise<'failed' | 'succeeded' | undefined> {
	const { status } = await getResult(client, ref, { retries: NO_RETRIES });
	if (!isFinalResult(status)) return undefined;
	const end = status === 'succeeded' ? status : 'failed';
	keep(ends, ref.requestId, end);
	return end;
}
