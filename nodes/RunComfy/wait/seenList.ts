import type { IExecuteFunctions } from 'n8n-workflow';
import { runtime } from '../runtime';

/*
 * n8n's list of values that a node has seen before, as used by Remove Duplicates. This list is the only place that a
 * node can write to at once and that all processes of n8n share. n8n stores only hashes, so we can only ask whether
 * a value is in the list. n8n reads and writes the whole list, so if two processes write at the same moment, one of
 * them loses its entries.
 */

/** Maximum length of a node's list. */
const MOST = 2_000;

export interface SeenList {
	/** Adds ids. @returns the new ones, or all ids if n8n cannot tell. Never throws. */
	add(ids: readonly string[]): Promise<readonly string[]>;
	/** Removes ids. Never throws. */
	remove(ids: readonly string[]): Promise<void>;
}

/** Keeps in memory only what n8n needs for the list, not the execution. */
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

/** Runs one write at a time, so that writes of this process do not overwrite each other. */
function oneAfterAnother<T>(work: () => Promise<T>): Promise<T> {
	const done = runtime.listWrites.then(work);
	runtime.listWrites = done.catch(() => undefined);
	return done;
}
