import type { IExecuteFunctions } from 'n8n-workflow';
import type { RequestRef } from '../../../core';

/*
 * A retry may go on with the requests of a stopped execution in another process than the one whose watcher
 * is about to cancel them. All processes of n8n share one place where a node can write at once: the list of
 * what it has seen before, which n8n keeps for each node of a workflow.
 */

/** Requests that are remembered for a node. */
const MOST = 1_000;

/** Those of these requests that were not noted before; all of them are noted now. */
export type Note = (refs: readonly RequestRef[]) => Promise<readonly RequestRef[]>;

/** Holds what n8n needs for the list, not the execution. Never throws: nothing was noted if n8n cannot say. */
export function noteOf({ helpers }: IExecuteFunctions): Note {
	const { checkProcessedAndRecord: record } = helpers;
	return async (refs) => {
		if (refs.length === 0) return refs;
		const ids = refs.map(({ requestId }) => `runcomfy ${requestId}`);
		try {
			const { new: fresh } = await record(ids, 'node', { mode: 'entries', maxEntries: MOST });
			return refs.filter((_ref, index) => fresh.includes(ids[index]!));
		} catch {
			return refs;
		}
	};
}
