import { RunComfyError, type SubmitInput } from '../../../core/index.js';
import { keepInput, restoreInput } from '../inputs/keptInput.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import type { Action } from '../node/action.cjs';

/** What the journal keeps of a message's work: `plan` is plain data that holds after a restart, too. */
export function entryOf(
	{ node, msg, connection, token }: Action,
	job: string,
	deploymentId: string,
	plan: object,
): JournalEntry {
	return {
		...{ job, nodeId: node.id, at: connection.client.host.now(), deploymentId },
		msg: keptMessage(msg, token),
		plan: { ...plan },
	};
}

interface Waiting {
	deploymentId: string;
	plan: object;
	/** What is to be submitted, where that is known. */
	input: SubmitInput | undefined;
}

/** What the journal keeps of a message while nothing has been submitted for it. */
export function waitingEntryOf(
	action: Action,
	job: string,
	{ deploymentId, plan, input }: Waiting,
): JournalEntry {
	const restorable = input && keepInput(input, action, action.token);
	return {
		...entryOf(action, job, deploymentId, plan),
		waiting: restorable ? { input: restorable } : {},
	};
}

/**
 * What is to be submitted for a message that still waited when an earlier process ended.
 * @throws RunComfyError `aborted` where it could not be kept
 */
export async function inputOf(
	{ deploymentId, waiting }: JournalEntry,
	action: Action,
): Promise<SubmitInput> {
	const input = waiting?.input && (await restoreInput(waiting.input, action));
	if (input) return input;
	throw new RunComfyError(
		'aborted',
		'Node-RED ended while the message waited, and what was to be submitted could not be kept',
		{ deploymentId, hint: 'Nothing was submitted for it. Send it again.' },
	);
}

/** Of a submit whose answer an earlier process has not written down. */
export function endedDuringSubmit(deploymentId: string): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
		{ deploymentId },
	);
}
