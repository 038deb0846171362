import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import {
	bringsSecret,
	type Callback,
	expectSuccess,
	getResult,
	type ResultAnswer,
	type RunComfyError,
	toCallback,
	withoutBigInts,
} from '../../core';
import { type ShownError, toErrorItem, toNodeError } from '../RunComfy/items/errors';
import { withoutRaw } from '../RunComfy/items/json';
import { toItems } from '../RunComfy/items/result';
import { readOptions } from '../RunComfy/parameters/options';
import type { ReceivedCallbacks } from '../RunComfy/runtime';
import { openClient, openSession, readCredential } from '../RunComfy/session/session';
import { readFilter, readSecret } from './parameters';
import {
	countRefused,
	markPending,
	markStored,
	readStored,
	receivedBy,
	shareCredential,
	writeStored,
} from './received';

/**
 * Answers a callback. RunComfy repeats the call until it gets a 2xx, which n8n (2.41) sends only after storing the
 * execution. An execution starts only if RunComfy's API confirms the state.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { url, body } = context.getRequestObject() as { url?: string; body?: unknown };
	const secret = setting(context, readSecret);
	if (secret !== '' && !bringsSecret(url, secret)) {
		logRefused(context, countRefused(receivedOf(context)));
		return respond(context, 403);
	}
	const callback = toCallback(url, body);
	if (!callback) return respond(context, 400);
	const { statuses, deployments } = setting(context, readFilter);
	if (deployments.size > 0 && !deployments.has(callback.ref.deploymentId)) return IGNORED;
	return startIfConfirmed(context, statuses, callback);
}

async function startIfConfirmed(
	context: IWebhookFunctions,
	statuses: ReadonlySet<string>,
	callback: Callback,
): Promise<IWebhookResponseData> {
	const manual = isManual(context);
	const received = receivedOf(context);
	readStored(received, context.getWorkflowStaticData('node'));

	let taken: ResultAnswer | undefined;
	let trouble: RunComfyError | undefined;
	const verdict = await received.check.check(callback, {
		async readResult(ref, signal) {
			const credential = await shareCredential(received, () => readCredential(context));
			return getResult(await openClient(context, credential), ref, { signal });
		},
		take({ ref }, result) {
			if (!statuses.has(result.status)) return true;
			const response = context.getResponseObject();
			const hasFailed = () => response.statusCode >= 400;
			if (manual || markPending(received, ref.requestId, hasFailed)) taken = result;
			// RunComfy has to repeat the call if n8n fails to store the execution.
			return false;
		},
		onTrouble(ref, error) {
			trouble = error;
			context.logger.warn(
				`${nameInLog(context)}: a callback for the request ${ref.requestId} could not be checked: ${error.message}. ${error.hint}`,
			);
		},
	});
	if (manual && trouble) throw toNodeError(trouble, { node: context.getNode() });
	if (!taken) return verdict === 200 ? IGNORED : respond(context, verdict);
	return start(context, callback, taken, received);
}

/** A user who tries out the workflow wants to receive the same event again. */
const isManual = (context: IWebhookFunctions): boolean => context.getMode() === 'manual';

function receivedOf(context: IWebhookFunctions): ReceivedCallbacks {
	const manual = isManual(context);
	const key = JSON.stringify([context.getWorkflow().id, context.getNode().id, manual]);
	return receivedBy(key, !manual);
}

function logRefused(context: IWebhookFunctions, count: number): void {
	if (count === 0) return;
	const what = 'with a wrong secret, or none,';
	const said = count === 1 ? `a call ${what} was refused` : `${count} calls ${what} were refused`;
	context.logger.warn(`${nameInLog(context)}: ${said}`);
}

function start(
	context: IWebhookFunctions,
	{ ref, query }: Callback,
	result: ResultAnswer,
	received: ReceivedCallbacks,
): IWebhookResponseData {
	const json = withoutBigInts({ ...withoutRaw(result), query }) as IDataObject;
	return {
		// The result without its files.
		workflowData: [[{ json }]],
		// n8n reads this property after it has stored the execution, even if the caller has hung up, and right before it
		// writes the static data. An earlier change would be lost: in between, n8n creates the workflow again, and so
		// marks the static data as unchanged.
		get webhookResponse() {
			markStored(received, ref.requestId);
			writeStored(received, context.getWorkflowStaticData('node'));
			return STARTED;
		},
	};
}

const STARTED = { message: 'Received, the workflow was started' };

/** The answer to events that were received before, or are filtered out. */
const IGNORED: IWebhookResponseData = { webhookResponse: { message: 'Received, nothing to do' } };

const MESSAGES = {
	400: 'This is not a callback of RunComfy: the body must have request_id and deployment_id',
	403: 'The secret is missing or wrong',
	404: 'RunComfy does not know this request',
	503: 'RunComfy has not confirmed this yet: call again',
} satisfies Partial<Record<number, string>>;

function respond(context: IWebhookFunctions, status: keyof typeof MESSAGES): IWebhookResponseData {
	const response = context.getResponseObject();
	if (status === 503) response.setHeader('retry-after', '30');
	response.status(status).json({ message: MESSAGES[status] });
	return { noWebhookResponse: true };
}

/** Reads a parameter. @throws NodeOperationError, which n8n shows as a failed execution */
function setting<T>(context: IWebhookFunctions, read: (context: IWebhookFunctions) => T): T {
	try {
		return read(context);
	} catch (error) {
		throw toNodeError(error, { node: context.getNode() });
	}
}

function nameInLog(context: IWebhookFunctions): string {
	return `Node "${context.getNode().name}" of workflow ${context.getWorkflow().id}`;
}

/**
 * Turns the results of callbacks into items with their files, as Get Result does. A run that failed or was canceled
 * also becomes an item, because the workflow is waiting for its end.
 * @throws NodeApiError, NodeOperationError
 */
export async function deliver(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	try {
		const items = context.getInputData().map((item, index) => deliverOne(context, item, index));
		return [(await Promise.all(items)).flat()];
	} catch (error) {
		throw toNodeError(error, { node, itemIndex: 0 });
	}
}

async function deliverOne(
	context: IExecuteFunctions,
	{ json }: INodeExecutionData,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const { query = {}, ...fields } = json;
	const result = { ...fields, raw: fields } as unknown as ResultAnswer;
	const session = { ...(await openSession(context)), forAgent: false };
	const { outputs: wanted } = readOptions(context, itemIndex);
	const items = await toItems(context, session, result, wanted);
	const shown = { node: context.getNode(), itemIndex, secrets: session.secrets };
	const more = { ...failureOf(result, shown), query };
	return items.map((item) => ({
		...item,
		json: { ...item.json, ...more },
		pairedItem: { item: itemIndex },
	}));
}

/** Why the run did not succeed, in the fields of an error item. */
function failureOf(result: ResultAnswer, shown: ShownError & { itemIndex: number }): IDataObject {
	try {
		expectSuccess(result);
		return {};
	} catch (error) {
		return toErrorItem(error, shown).json;
	}
}
