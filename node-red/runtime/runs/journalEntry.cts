import { RunComfyError } from '../../../core/index.js';
import type { JournalEntry } from '../journal/journal.cjs';
import { keptMessage } from '../journal/keptMessage.cjs';
import { type Action, tokenOf } from '../node/action.cjs';

/** What the journal keeps of a message's work: `plan` is plain data that holds after a restart, too. */
export function entryOf(
	{ RED, node, fields, msg, connection }: Action,
	job: string,
	deploymentId: string,
	plan: object,
): JournalEntry {
	return {
		...{ job, nodeId: node.id, at: connection.client.host.now(), deploymentId },
		msg: keptMessage(msg, tokenOf(RED, fields['config'])),
		plan: { ...plan },
	};
}

/** Of a submit whose answer an earlier process has not written down. */
export function endedDuringSubmit(deploymentId: string): RunComfyError {
	return new RunComfyError(
		'submit_unconfirmed',
		'Whether RunComfy accepted the request is not known: Node-RED ended during the submit',
		{ deploymentId },
	);
}
