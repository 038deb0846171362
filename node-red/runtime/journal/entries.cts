import { RunComfyError } from '../../../core/index.js';
import type { JournalEntry } from './journalLines.cjs';

/**
 * Which runs have not ended yet, on disk, so that no end of the process loses a request that is paid
 * for. Only `submitting` throws. While the medium fails, runs go on without; while another process has
 * the journal, they are kept beside it. Both are tried again every few seconds.
 */
export interface Journal {
	/**
	 * To be called when a message begins to wait. `lasting` is false if it waits for a moment only:
	 * the line outlives this process then, but perhaps no power failure.
	 */
	waiting(entry: JournalEntry, lasting: boolean): void;
	/**
	 * To be called before the submit, which is to wait until this resolves: then it is on the medium.
	 * @throws RunComfyError `aborted` where another process may have submitted it
	 */
	submitting(entry: JournalEntry): Promise<void>;
	/** To be called as soon as RunComfy has answered the submit. */
	accepted(job: string, requestId: string, at: number): void;
	ended(job: string): void;
	/** What has not ended of a node's runs, those of earlier processes included. */
	live(nodeId: string): JournalEntry[];
	/** Whether what it was told outlives this process. */
	isKept(): boolean;
	/**
	 * Calls back when entries of another process have come in that is gone.
	 * @returns a function that takes it back
	 */
	onTakenOver(listener: () => void): () => void;
	/** Sees after file and lock. Happens every few seconds by itself. */
	check(): void;
}

/** What the log says of entries that are given up. */
export function abandonedText(entries: readonly JournalEntry[]): string {
	const names = entries.map(
		({ requestId, deploymentId, modelId, nodeId }) =>
			`${requestId ?? `one without an id, of ${modelId ? `model ${modelId}` : `deployment ${deploymentId || 'unknown'}`}`} (node ${nodeId})`,
	);
	return `Nothing waits any more for these RunComfy requests, whose nodes have been gone for 30 days: ${names.join(', ')}`;
}

/** What the log says while another process has the journal, and lives. */
export function inUseText(path: string): string {
	return `Node-RED shares its user directory: another process uses ${path}. The RunComfy runs of this one are kept beside it. Let each Node-RED have a user directory of its own.`;
}

export function inUseNoMoreText(path: string): string {
	return `The other process has ended: RunComfy runs are kept in ${path} again.`;
}

/** What is known of an entry's request. */
export function factsOf({ service, modelId, deploymentId, requestId }: JournalEntry): Facts {
	const ids =
		service === 'model' ? { service, modelId } : { deploymentId: deploymentId || undefined };
	return { ...ids, requestId };
}

type Facts = Partial<Record<'deploymentId' | 'modelId' | 'requestId', string | undefined>> & {
	service?: 'model';
};

/** Of what waited when another process took the journal. */
export function takenByAnother(entry: JournalEntry): RunComfyError {
	return new RunComfyError(
		'aborted',
		'Another Node-RED with the same user directory has taken over what waited here, and may have submitted it',
		{
			...factsOf(entry),
			hint: 'It was not submitted here. Let each Node-RED have a user directory of its own.',
		},
	);
}

/** An entry with nothing of its message but the id. */
export function leastOf({ msg: { _msgid }, waiting, ...entry }: JournalEntry): JournalEntry {
	return { ...entry, msg: { _msgid }, ...(waiting ? { waiting: {} } : {}) };
}
