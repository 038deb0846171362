import type { IExecuteFunctions } from 'n8n-workflow';
import { runtime } from '../runtime';

/*
 * The one place that a node can write at once and that all processes of n8n share: the list of what a node has seen
 * before, as for Remove Duplicates. n8n stores only hashes, so the list can only tell whether something is in it. n8n
 * reads and writes the whole list, so of two processes that write at the same moment, one loses what it wrote.
 */

/** The longest list of a node: room for the requests of a large retry, and for as many notes of runs. */
const MOST = 2_000;

export interface SeenList {
	/** Adds ids. @returns those that are new; all of them if n8n cannot tell. Never throws. */
	add(ids: readonly string[]): Promise<readonly string[]>;
	/** Removes ids. Never throws. */
	remove(ids: readonly string[]): Promise<void>;
}

/** Keeps in memory what n8n needs for the list, but not the execution. */
export function seenListOf({ helpers }: IExecuteFunctions): SeenList {
	const { checkProcessedAndRecord: record, removeProcessed } = helpers;
	const options = { mode: 'entries', maxEntries: MOST } as const;
	return {
		add: async (ids) =>
			ids.length === 0
				? ids
				: oneAfterAnother(() => record([...ids], 'node', options)).then(
						({ new: fresh }) => ids.filter((id) => fresh.includes(id)),
						() => ids,
					),
		remove: (ids) =>
			oneAfterAnother(() => removeProcessed([...ids], 'node', options)).catch(() => undefined),
	};
}

/** One at a time, so that no write of this process undoes another. */
function oneAfterAnother<T>(work: () => Promise<T>): Promise<T> {
	const done = runtime.listWrites.then(work);
	runtime.listWrites = done.catch(() => undefined);
	return done;
}
