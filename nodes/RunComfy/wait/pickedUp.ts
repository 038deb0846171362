import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host, RequestRef } from '../../../core';

/*
 * A retry may continue with the requests of a stopped execution in another process than the one whose watcher is
 * about to cancel them. All processes of n8n share one place where a node can write at once: the list of what it has
 * seen before, which n8n keeps for each node of a workflow. n8n reads the whole list and writes it back, so if two
 * processes write at the same moment, one loses what it wrote.
 */

/** Requests that are remembered for a node. */
const MOST = 1_000;

/** How often a retry notes its requests, and the least milliseconds in between. */
const TRIES = 8;
const APART_MS = 100;

/** Notes the requests that a retry has taken over from an execution, until n8n has kept them all. Never throws. */
export async function notePickedUp(
	context: IExecuteFunctions,
	host: Host,
	executionId: string,
	refs: readonly RequestRef[],
): Promise<void> {
	const note = noteOf(context, executionId);
	for (let tries = 1; (await note(refs)).length > 0 && tries < TRIES; tries += 1) {
		await host.sleep(APART_MS * (1 + 4 * Math.random()));
	}
}

/**
 * Notes requests of an execution, and gives those that were not noted before: the retry that has taken them over
 * cancels them as its own. It keeps what n8n needs for the list in memory, but not the execution. Never throws: if
 * n8n cannot say, it takes nothing as noted.
 */
export function noteOf({ helpers }: IExecuteFunctions, executionId: string) {
	const { checkProcessedAndRecord: record } = helpers;
	return async (refs: readonly RequestRef[]): Promise<readonly RequestRef[]> => {
		if (refs.length === 0) return refs;
		const ids = refs.map(({ requestId }) => `runcomfy ${requestId} ${executionId}`);
		try {
			const { new: fresh } = await record(ids, 'node', { mode: 'entries', maxEntries: MOST });
			return refs.filter((_ref, index) => fresh.includes(ids[index]!));
		} catch {
			return refs;
		}
	};
}
