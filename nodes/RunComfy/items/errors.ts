import {
	type IBinaryKeyData,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	NodeApiError,
	NodeOperationError,
} from 'n8n-workflow';
import {
	CODES,
	compact,
	idsIn,
	idsOf,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Secrets,
} from '../../../core';
import { toHtml } from '../session/hints';

export interface ShownError {
	/** Files of the input item, so that a workflow can run the item again. */
	binary?: IBinaryKeyData | undefined;
	/** The item's request, if there is one, and its last known state. */
	request?: RequestRef | undefined;
	status?: string | undefined;
	node: INode;
	/** Absent where there are no items, such as in a dropdown. */
	itemIndex?: number | undefined;
	/** Whether the message names the item. */
	namesItem?: boolean;
	/** Whether an AI agent reads the message. Agents see only the message. */
	forAgent?: boolean;
	/** Whether n8n keeps only the message. The message then includes the hint. */
	messageOnly?: boolean;
	secrets?: Secrets;
}

/** The error in the form that n8n shows, with message, hint and item. */
export function toNodeError(
	thrown: unknown,
	{
		node,
		itemIndex,
		namesItem = false,
		forAgent = false,
		messageOnly = forAgent,
		secrets,
	}: ShownError,
): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) return thrown;
	const where = compact({ itemIndex });
	if (!(thrown instanceof RunComfyError)) {
		return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown), where);
	}
	const told = thrown.redacted(secrets);
	const { code, httpStatus } = told;
	const said = code === 'aborted' ? STOPPED : notAsStopped(told.message);
	const description = hintOf(told, forAgent);
	const message =
		said + (namesItem ? ` [item ${itemIndex}]` : '') + (messageOnly ? `. ${description}` : '');
	// n8n renders the description as HTML, but passes it to an agent unrendered.
	const options = { ...where, message, description: forAgent ? description : toHtml(description) };
	const ofService = httpStatus !== undefined || CODES[code].fault === 'service';
	const error = ofService
		? new NodeApiError(node, {}, { ...options, ...compact({ httpCode: httpStatus?.toString() }) })
		: new NodeOperationError(node, message, options);
	// Set again, because n8n replaces messages that contain the error code of a socket.
	error.message = message;
	error.messages = [];
	error.context.data = facts(told);
	return error;
}

/** n8n searches the message for the word "canceled". Without it, an execution counts as failed instead of stopped. */
const STOPPED = 'The execution was canceled';

/** If another error contained "canceled", n8n would say that the user stopped the execution, and show no error. */
function notAsStopped(message: string): string {
	return message.replaceAll('canceled', 'cancelled');
}

/** For On Error > Continue: the error as an item, so that the workflow can branch on `error_code`. */
export function toErrorItem(
	thrown: unknown,
	shown: ShownError & { itemIndex: number },
): INodeExecutionData {
	const { itemIndex, binary, secrets, node, request, forAgent = false } = shown;
	const error = thrown instanceof RunComfyError ? thrown.redacted(secrets) : undefined;
	const told = error
		? {
				error: error.message,
				...facts(error),
				...(error.code === 'timed_out' ? { status: shown.status, timed_out: true } : {}),
				error_hint: hintOf(error, forAgent),
			}
		: { error: toNodeError(thrown, shown).message, error_code: 'invalid_input' };
	// Errors about the node's own fields do not name the request.
	const json = { ...told, ...(request && idsOf(request)) };
	const item: INodeExecutionData = {
		json,
		pairedItem: { item: itemIndex },
		...compact({ binary }),
	};
	if (node.onError !== 'continueErrorOutput') return item;
	// n8n moves an item with an `error` to the error output. Later, if the item still has its `error`, n8n replaces
	// its `json` with the message alone. In between, n8n copies the item, and the copy drops a property that is not
	// enumerable.
	const value = toNodeError(thrown, shown);
	return Object.defineProperty(item, 'error', { value, writable: true, configurable: true });
}

/** Tells an agent not to submit again. Agents would otherwise follow a hint such as "look at it, and run it again". */
function hintOf(error: RunComfyError, forAgent: boolean): string {
	return forAgent && requestOutcome(error).status === 'unconfirmed'
		? `Do not submit it again, and tell the person: ${error.hint}`
		: error.hint;
}

function facts(error: RunComfyError): IDataObject {
	const { code, httpStatus, details } = error;
	return compact({
		error_code: code,
		...idsOf(idsIn(error)),
		http_status: httpStatus,
		error_details: details as IDataObject | undefined,
	});
}
