import { RunComfyError } from '../../../core/index.js';
import type { JournalEntry } from './journalLines.cjs';

/** What the log says of entries that are given up. */
export function abandonedText(entries: readonly JournalEntry[]): string {
	const names = entries.map(
		({ requestId, deploymentId, nodeId }) =>
			`${requestId ?? `one without an id, of deployment ${deploymentId || 'unknown'}`} (node ${nodeId})`,
	);
	return `Nothing waits any more for these RunComfy requests, whose nodes have been gone for 30 days: ${names.join(', ')}`;
}

/** Of what waited when another process took the journal. */
export function takenByAnother({ deploymentId }: JournalEntry): RunComfyError {
	return new RunComfyError(
		'aborted',
		'Another Node-RED with the same user directory has taken over what waited here, and may have submitted it',
		{
			deploymentId,
			hint: 'It was not submitted here. Let each Node-RED have a user directory of its own.',
		},
	);
}

/** An entry with nothing of its message but the id. */
export function leastOf({ msg: { _msgid }, waiting, ...entry }: JournalEntry): JournalEntry {
	return { ...entry, msg: { _msgid }, ...(waiting ? { waiting: {} } : {}) };
}
