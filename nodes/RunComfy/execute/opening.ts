import type { IExecuteFunctions, NodeApiError, NodeOperationError } from 'n8n-workflow';
import { messageOf, RunComfyError } from '../../../core';
import { isAgentCall } from '../items/agent';
import { toNodeError } from '../items/errors';
import { type NodeContext, numbered } from '../session/entries';
import { openSession, type Session } from '../session/session';
import { withRequests } from './namedRequests';

/**
 * The session of this try. Without its credential nothing can be done about what an earlier try has
 * submitted, so the error names that.
 * @throws NodeApiError, NodeOperationError
 */
export async function openOrName(context: IExecuteFunctions): Promise<Session> {
	try {
		return await openSession(context);
	} catch (thrown) {
		throw withLabel(context, thrown);
	}
}

function withLabel(context: IExecuteFunctions, thrown: unknown): NodeApiError | NodeOperationError {
	const place = { node: context.getNode(), forAgent: isAgentCall(context) };
	const { requests: runs = {} }: NodeContext = context.getContext('node');
	const entries = Object.values(runs).flatMap((run) => numbered(run.entries));
	if (!entries.some(([, { accepted }]) => accepted)) return toNodeError(thrown, place);
	const error =
		thrown instanceof RunComfyError
			? thrown
			: new RunComfyError('invalid_input', messageOf(thrown), { hint: CREDENTIAL_HINT });
	const severalItems = context.getInputData().length > 1;
	return toNodeError(
		withRequests(error, entries, severalItems, () => [TAKEN_UP]),
		place,
	);
}

const CREDENTIAL_HINT = 'Choose a RunComfy API credential in the node.';

const TAKEN_UP =
	'Once you have fixed that, Executions > Retry picks up what was submitted and pays for nothing again; Get Result fetches it by its ID.';
