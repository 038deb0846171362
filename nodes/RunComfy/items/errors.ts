import {
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
	redact,
	requestOutcome,
	type RequestRef,
	RunComfyError,
	type Secrets,
} from '../../../core';
import { toHtml } from '../session/hints';

export interface ShownError {
	/** The request of the item, if there is one, and the state in which it was last seen. */
	request?: RequestRef | undefined;
	status?: string | undefined;
	node: INode;
	/** Absent if there are no items, such as in a dropdown. */
	itemIndex?: number | undefined;
	/** Whether the message must say which item it is about, because there are several. */
	namesItem?: boolean;
	/** Whether a model reads the message, and nothing but the message. */
	forAgent?: boolean;
	/** Whether nothing but the message is kept: it then has the hint in it. */
	messageOnly?: boolean;
	secrets?: Secrets;
}

/** An error that n8n shows with its message, its hint and its item. */
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
	const { code, httpStatus } = thrown;
	const said = code === 'aborted' ? STOPPED : notAsStopped(redact(thrown.message, secrets));
	const description = redact(hintOf(thrown, forAgent), secrets);
	const message =
		said + (namesItem ? ` [item ${itemIndex}]` : '') + (messageOnly ? `. ${description}` : '');
	// n8n renders a description as HTML, and gives it to an agent as it is.
	const options = { ...where, message, description: forAgent ? description : toHtml(description) };
	const ofService = httpStatus !== undefined || CODES[code].fault === 'service';
	const error = ofService
		? new NodeApiError(node, {}, { ...options, ...compact({ httpCode: httpStatus?.toString() }) })
		: new NodeOperationError(node, message, options);
	// n8n replaces a message in which it finds a socket's error code by a text of its own.
	error.message = message;
	error.messages = [];
	error.context.data = facts(thrown, secrets);
	return error;
}

/** n8n looks for this word: without it, an execution counts as failed, not as stopped. */
const STOPPED = 'The execution was canceled';

/** If any other error had that word, n8n would say that the user stopped the execution, and show no error. */
function notAsStopped(message: string): string {
	return message.replaceAll('canceled', 'cancelled');
}

/** For Continue On Fail: the error as an item, so that the workflow can branch on `error_code`. */
export function toErrorItem(
	thrown: unknown,
	shown: ShownError & { itemIndex: number },
): INodeExecutionData {
	const { itemIndex, secrets, node, request, forAgent = false } = shown;
	const told =
		thrown instanceof RunComfyError
			? {
					error: redact(thrown.message, secrets),
					...facts(thrown, secrets),
					...(thrown.code === 'timed_out' ? { status: shown.status, timed_out: true } : {}),
					error_hint: redact(hintOf(thrown, forAgent), secrets),
				}
			: { error: toNodeError(thrown, shown).message, error_code: 'invalid_input' };
	// An error of the node's own fields does not name it.
	const json = { ...told, ...(request && idsOf(request)) };
	const item: INodeExecutionData = { json, pairedItem: { item: itemIndex } };
	if (node.onError !== 'continueErrorOutput') return item;
	// n8n first moves an item that has an `error` to the error output, and then replaces the `json` of an
	// item that still has one by the message alone. The first step copies the item. So a property that is
	// not enumerable is there for the first step, and gone before the second.
	const value = toNodeError(thrown, shown);
	return Object.defineProperty(item, 'error', { value, writable: true, configurable: true });
}

/** A model would take "look at it, and run it again" for its own next step. */
function hintOf(error: RunComfyError, forAgent: boolean): string {
	return forAgent && requestOutcome(error).status === 'unconfirmed'
		? `Do not submit it again, and tell the person: ${error.hint}`
		: error.hint;
}

function facts(error: RunComfyError, secrets: Secrets): IDataObject {
	const { code, httpStatus, details } = error;
	return compact({
		error_code: code,
		...idsOf(idsIn(error)),
		http_status: httpStatus,
		error_details: details && (redact(details, secrets) as IDataObject),
	});
}
