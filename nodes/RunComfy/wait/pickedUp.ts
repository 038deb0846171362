import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host, RequestRef } from '../../../core';
import type { Park } from '../session/ledger';

/*
 * A node may come back, or a retry continue with the requests of a stopped execution, in another process than the one
 * whose watcher is about to cancel them. All processes of n8n share one place where a node can write at once: the list of what it has
 * seen before, which n8n keeps for each node of a workflow. n8n reads the whole list and writes it back, so if two
 * processes write at the same moment, one loses what it wrote.
 */

/** Notes that are kept for a node. */
const MOST = 1_000;

/** How often a try notes what it looks after, and the least milliseconds in between. */
const TRIES = 8;
const APART_MS = 100;

/**
 * Notes that a try of the node in this process looks after the requests of a park: all of them, or those that a
 * retry has picked up. Goes on until n8n has kept it. Never throws.
 */
export async function noteTakenOver(
	context: IExecuteFunctions,
	host: Host,
	park: Park,
	refs: readonly RequestRef[] | 'all',
): Promise<void> {
	const record = recorder(context);
	const names = refs === 'all' ? [nameOf(park)] : refs.map((ref) => nameOf(park, ref));
	for (let tries = 1; (await record(names)).length > 0 && tries < TRIES; tries += 1) {
		await host.sleep(APART_MS * (1 + 4 * Math.random()));
	}
}

/**
 * Gives the requests of a park that no try of the node in another process looks after, and notes them for others. It
 * keeps what n8n needs for the list in memory, but not the execution. Never throws.
 */
export function notTakenOver(context: IExecuteFunctions, park: Park) {
	const record = recorder(context);
	return async (refs: readonly RequestRef[]): Promise<readonly RequestRef[]> => {
		if (refs.length === 0) return refs;
		const fresh = await record([nameOf(park), ...refs.map((ref) => nameOf(park, ref))]);
		return fresh.includes(nameOf(park))
			? refs.filter((ref) => fresh.includes(nameOf(park, ref)))
			: [];
	};
}

function nameOf({ executionId, id }: Park, ref?: RequestRef): string {
	return ['runcomfy', ref?.requestId ?? 'all', executionId, id].join(' ');
}

/** Notes names, and gives those that were not noted before. If n8n cannot say, it takes nothing as noted. */
function recorder({ helpers }: IExecuteFunctions) {
	const { checkProcessedAndRecord: record } = helpers;
	return async (names: readonly string[]): Promise<readonly string[]> => {
		if (names.length === 0) return names;
		try {
			const all = [...names];
			const { new: fresh } = await record(all, 'node', { mode: 'entries', maxEntries: MOST });
			return fresh.map(String);
		} catch {
			return names;
		}
	};
}
