import {
	type IDataObject,
	type INode,
	type INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import { CODES, redact, redactDeep, RunComfyError, type Secrets } from '../../../core';
import { toHtml } from '../session/html';

export interface ErrorPlace {
	node: INode;
	/** Absent outside of items, such as in a dropdown. */
	itemIndex?: number | undefined;
	/** Whether the message must say which item, because there are several. */
	named?: boolean;
	/** Whether a model reads the message, and nothing but the message. */
	forAgent?: boolean;
	/** Never to be seen in an error. */
	secrets?: Secrets;
}

/** What went wrong, as an error that n8n shows with its message, its way out and its item. */
export function toNodeError(
	thrown: unknown,
	{ node, itemIndex, named = false, forAgent = false, secrets }: ErrorPlace,
): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
	const where = itemIndex === undefined ? {} : { itemIndex };
	if (!(thrown instanceof RunComfyError)) {
		return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown), where);
	}
	const said = thrown.code === 'aborted' ? STOPPED : notAsStopped(redact(thrown.message, secrets));
	const description = redact(thrown.hint, secrets);
	const message =
		said + (named ? ` [item ${itemIndex}]` : '') + (forAgent ? `. ${description}` : '');
	// n8n renders it as HTML, and gives it to an agent as it is.
	const options = { ...where, message, description: forAgent ? description : toHtml(description) };
	const error = fromService(thrown)
		? new NodeApiError(node, {}, { ...options, ...httpCode(thrown) })
		: new NodeOperationError(node, message, options);
	// n8n puts a text of its own in the place of a message in which it finds a socket's error code.
	error.message = message;
	error.messages = [];
	error.context.data = facts(thrown, secrets);
	return error;
}

/** n8n reads this word: an execution that ends with another message counts as failed, not stopped. */
const STOPPED = 'The execution was canceled';

/** Of any other error: with that word n8n says that the user has stopped the execution, and shows no error. */
function notAsStopped(message: string): string {
	return message.replaceAll('canceled', 'cancelled');
}

/** Continue On Fail: what went wrong as an item, so that the flow can branch on `error_code`. */
export function toErrorItem(
	thrown: unknown,
	place: ErrorPlace & { itemIndex: number },
): INodeExecutionData {
	const { itemIndex, secrets, node } = place;
	const json =
		thrown instanceof RunComfyError
			? {
					error: redact(thrown.message, secrets),
					...facts(thrown, secrets),
					error_hint: redact(thrown.hint, secrets),
				}
			: { error: toNodeError(thrown, place).message, error_code: 'invalid_input' };
	const item: INodeExecutionData = { json, pairedItem: { item: itemIndex } };
	return node.onError === 'continueErrorOutput' ? toErrorOutput(item, thrown, place) : item;
}

/**
 * n8n moves an item with an `error` property to the error output, and afterwards replaces the `json`
 * of one that still has it by the message alone. Not enumerable, it is seen by the first step and
 * gone, since that step copies the item, before the second.
 */
function toErrorOutput(
	item: INodeExecutionData,
	thrown: unknown,
	place: ErrorPlace,
): INodeExecutionData {
	const value = toNodeError(thrown, place);
	return Object.defineProperty(item, 'error', { value, writable: true, configurable: true });
}

function facts(error: RunComfyError, secrets: Secrets): IDataObject {
	const { code, requestId, deploymentId, httpStatus, details } = error;
	const known: IDataObject = {
		error_code: code,
		request_id: requestId,
		deployment_id: deploymentId,
		http_status: httpStatus,
		error_details: details && (redactDeep(details, secrets) as IDataObject),
	};
	return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/** Whether the API's answer, or its absence, is at fault, and not a parameter. */
function fromService({ code, httpStatus }: RunComfyError): boolean {
	return httpStatus !== undefined || CODES[code].fault === 'service';
}

function httpCode({ httpStatus }: RunComfyError): { httpCode?: string } {
	return httpStatus === undefined ? {} : { httpCode: String(httpStatus) };
}
