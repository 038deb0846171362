import type { IExecuteFunctions } from 'n8n-workflow';
import type { Host, RequestRef } from '../../../core';
import type { Park } from '../session/ledger';
import { type SeenList, seenListOf } from './seenList';

/*
 * After a park or a stop, a node may continue in one process while a watcher in another process is about to cancel
 * its requests. To prevent that, the node notes the requests in a list that all processes of n8n share.
 */

/** The maximum number of attempts to write a note, and the shortest pause between two, in milliseconds. */
const TRIES = 8;
const APART_MS = 100;

/**
 * Notes that this process now takes care of requests of a park: all of them, or those that a retry has picked up.
 * Repeats the write until n8n has kept the note. Never throws.
 */
export async function noteTakenOver(
	context: IExecuteFunctions,
	host: Pick<Host, 'sleep'>,
	park: Park,
	refs: readonly RequestRef[] | 'all',
): Promise<void> {
	const names = refs === 'all' ? [nameInList(park)] : refs.map((ref) => nameInList(park, ref));
	await keepNoted(seenListOf(context), names, host);
}

/** Writes notes until n8n has kept all of them, because another process may overwrite them. */
export async function keepNoted(
	list: SeenList,
	names: readonly string[],
	host: Pick<Host, 'sleep'>,
	signal?: AbortSignal,
): Promise<void> {
	for (let tries = 1; !signal?.aborted; tries += 1) {
		if ((await list.add(names)).length === 0 || tries === TRIES) return;
		await host.sleep(APART_MS * (1 + 4 * Math.random()));
	}
}

/**
 * Returns the requests of a park that no other process takes care of, and notes them. Keeps in memory only what n8n
 * needs for the list, not the execution. Never throws.
 */
export function notTakenOver(context: IExecuteFunctions, park: Park) {
	const list = seenListOf(context);
	return async (refs: readonly RequestRef[]): Promise<readonly RequestRef[]> => {
		if (refs.length === 0) return refs;
		const fresh = await list.add([nameInList(park), ...refs.map((ref) => nameInList(park, ref))]);
		return fresh.includes(nameInList(park))
			? refs.filter((ref) => fresh.includes(nameInList(park, ref)))
			: [];
	};
}

function nameInList({ executionId, id }: Park, ref?: RequestRef): string {
	return ['runcomfy', ref?.requestId ?? 'all', executionId, id].join(' ');
}
