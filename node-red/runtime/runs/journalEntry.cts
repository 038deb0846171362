import type { NodeMessageInFlow } from 'node-red';
import { RunComfyError, type Secrets, type SubmitInput } from '../../../core/index.js';
import { restoreInput } from '../inputs/keptInput.cjs';
import type { JournalEntry } from '../journal/journal.cjs';
import { briefMessage, wholeMessage } from '../journal/keptMessage.cjs';
import type { Action } from '../node/action.cjs';

interface Kept {
	deploymentId: string;
	/** As `keptMessage` has it. */
	msg: Record<string, unknown>;
	/** Plain data that holds after a restart, too. */
	plan: object;
	/** Until its submit. */
	waiting?: JournalEntry['waiting'];
}

/** What the journal keeps of a message's work. */
export function entryOf(
	{ node, connection, id: job }: Pick<Action, 'node' | 'connection'> & { id: string },
	{ deploymentId, msg, plan, waiting }: Kept,
): JournalEntry {
	const at = connection.client.host.now();
	const facts = plan as Record<string, unknown>;
	return { job, nodeId: node.id, at, deploymentId, msg, plan: facts, waiting };
}

/**
 * The same before anything of the message was read: all of it where that can be kept, so that the next
 * process reads it; else that one can tell of it.
 */
export function unreadEntry(
	nodeId: string,
	{ job, msg, secrets }: { job: string; msg: NodeMessageInFlow; secrets: Secrets },
): JournalEntry {
	const whole = wholeMessage(msg, secrets);
	return {
		...{ job, nodeId, at: Date.now(), deploymentId: '', plan: {} },
		msg: whole ?? briefMessage(msg, secrets),
		waiting: whole ? { unread: true } : {},
	};
}

/** The message that an entry was written for, as far as it was kept. */
export function resumedMessage({ deploymentId, requestId, msg, waiting }: JournalEntry) {
	return {
		...msg,
		...(deploymentId === '' ? {} : { deploymentId }),
		...(requestId === undefined ? {} : { requestId }),
		// What is to be read may be what an earlier node has set.
		runcomfy: {
			...(waiting?.unread ? (msg['runcomfy'] as object | undefined) : {}),
			resumed: true,
		},
	} as unknown as NodeMessageInFlow;
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
		{
			...(deploymentId === '' ? {} : { deploymentId }),
			hint: 'Nothing was submitted for it. Send it again.',
		},
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
