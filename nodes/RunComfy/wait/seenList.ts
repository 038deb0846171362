import type { IExecuteFunctions } from 'n8n-workflow';
import { runtime } from '../runtime';

/*
 * All processes of n8n share one place where a node can write at once: the list of what it has seen before, which n8n
 * keeps for each node of a workflow. It holds hashes only, so it answers whether something was noted, and nothing else.
 * n8n reads the whole list and writes it back, so if two processes write at the same moment, one loses what it wrote.
 */

/** What is remembered for a node: the requests of a large retry, and as much again for notes of runs. */
const MOST = 2_000;

export interface SeenList {
	/** Notes ids. @returns those that were not noted before: all, if n8n cannot say. Never throws. */
	add(ids: readonly string[]): Promise<readonly string[]>;
	/** Takes ids out again. Never throws. */
	remove(ids: readonly string[]): Promise<void>;
}

/** It keeps what n8n needs for the list in memory, but not the execution. */
export function seenListOf({ helpers }: IExecuteFunctions): SeenList {
	const { checkProcessedAndRecord: record, removeProcessed } = helpers;
	const options = { mode: 'entries', maxEntries: MOST } as const;
	return {
		add: async (ids) =>
			ids.length === 0
				? ids
				: inTurn(() => record([...ids], 'node', options)).then(
						({ new: fresh }) => ids.filter((id) => fresh.includes(id)),
						() => ids,
					),
		remove: (ids) =>
			inTurn(() => removeProcessed([...ids], 'node', options)).catch(() => undefined),
	};
}

/** One after the other: within a process, no write undoes another. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
	const done = runtime.listWrites.then(work);
	runtime.listWrites = done.catch(() => undefined);
	return done;
}
