import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import {
	bringsSecret,
	getResult,
	isFinalResult,
	LOOK_UP_RETRIES,
	type RequestRef,
	type ResultAnswer,
	toCallback,
	toRunComfyError,
	withoutBigInts,
} from '../../core';
import { toNodeError } from '../RunComfy/items/errors';
import { withoutRaw } from '../RunComfy/items/json';
import { runtime } from '../RunComfy/runtime';
import { openSession } from '../RunComfy/session/session';
import { readFilter, readSecret } from './parameters';

/** How many requests a trigger remembers. n8n writes all of them with each event. */
const REMEMBERED = 500;

/**
 * Answers a callback. RunComfy repeats the call for a day until it gets a 2xx, which n8n (2.41) sends only after storing
 * the execution. An execution starts only if RunComfy's API confirms the end.
 * @throws RunComfyError `invalid_input` if a field of the trigger cannot be read
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { url, body } = context.getRequestObject() as { url?: string; body?: unknown };
	const secret = readSecret(context);
	if (secret !== '' && !bringsSecret(url, secret)) return refuse(context, 403, WRONG_SECRET);
	const callback = toCallback(url, body);
	if (!callback) return refuse(context, 400, NO_CALLBACK);
	const { ref, query } = callback;
	const { statuses, deployments } = readFilter(context);
	const isWanted = deployments.size === 0 || deployments.has(ref.deploymentId);
	if (!isWanted || startedBy(context).includes(ref.requestId)) return IGNORED;
	const result = await resultOf(context, ref);
	if (typeof result === 'string') return refuse(context, 503, NOT_CONFIRMED, result);
	// Looks again, because RunComfy may have repeated the call in the meantime.
	const isNew = statuses.has(result.status) && !startedBy(context).includes(ref.requestId);
	return isNew ? start(context, result, query) : IGNORED;
}

/** The answer to events that were received before, or are filtered out. */
const IGNORED: IWebhookResponseData = { webhookResponse: { message: 'Received, nothing to do' } };

const WRONG_SECRET = 'The secret is missing or wrong';
const NO_CALLBACK =
	'This is not a callback of RunComfy: the body must have request_id and deployment_id';
const NOT_CONFIRMED = 'RunComfy has not confirmed this: call again';

/** @param log what only n8n's log is to say */
function refuse(
	context: IWebhookFunctions,
	status: number,
	message: string,
	log = message,
): IWebhookResponseData {
	const node = `Node "${context.getNode().name}" of workflow ${context.getWorkflow().id}`;
	context.logger.warn(`${node}: a call was refused with ${status}. ${log}`);
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}

/** A user who tries out the workflow sees errors, and wants to receive the same event again. */
const isManual = (context: IWebhookFunctions): boolean => context.getMode() === 'manual';

/** The result, read with the token, because anyone can send a callback; or why it is not known that the request has ended. */
async function resultOf(
	context: IWebhookFunctions,
	ref: RequestRef,
): Promise<ResultAnswer | string> {
	const request = `Request ${ref.requestId}`;
	try {
		const { client } = await openSession(context);
		const result = await getResult(client, ref, { retries: LOOK_UP_RETRIES });
		return isFinalResult(result.status) ? result : `${request} has not ended`;
	} catch (thrown) {
		if (isManual(context)) throw toNodeError(thrown, { node: context.getNode() });
		const { message, hint } = toRunComfyError(thrown, 'bad_response');
		return `${request} could not be read: ${message}. ${hint}`;
	}
}

/** The requests that have started the workflow, from n8n's static data and from calls that overlapped, oldest first. */
function startedBy(context: IWebhookFunctions): string[] {
	if (isManual(context)) return [];
	const { started } = context.getWorkflowStaticData('node');
	const stored = Array.isArray(started) ? (started as string[]) : [];
	return [...new Set([...stored, ...(runtime.started.get(triggerId(context)) ?? [])])];
}

const triggerId = (context: IWebhookFunctions): string =>
	JSON.stringify([context.getWorkflow().id, context.getNode().id]);

function start(
	context: IWebhookFunctions,
	result: ResultAnswer,
	query: Record<string, string>,
): IWebhookResponseData {
	const json = withoutBigInts({ ...withoutRaw(result), query }) as IDataObject;
	return {
		// The result without its files.
		workflowData: [[{ json }]],
		// n8n reads this property after it has stored the execution, even if the caller has hung up, and right before it
		// writes the static data. An earlier change would be lost: in between, n8n creates the workflow again, and so
		// marks the static data as unchanged.
		get webhookResponse() {
			remember(context, result.request_id);
			return { message: 'Received, the workflow was started' };
		},
	};
}

function remember(context: IWebhookFunctions, requestId: string): void {
	if (isManual(context)) return;
	const started = [...startedBy(context), requestId].slice(-REMEMBERED);
	runtime.started.set(triggerId(context), started);
	context.getWorkflowStaticData('node')['started'] = started;
}
