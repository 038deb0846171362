import type { INodeExecutionData } from 'n8n-workflow';
import { mapSettled, type Settled } from '../../../core';
import { goesOn } from '../session/ledger';
import { GaveUp, type RunSession } from '../session/session';
import type { Checked, Work } from '../resources/operation';

export interface Failure {
	itemIndex: number;
	error: unknown;
}

export type Outcome = Settled<INodeExecutionData[]>;

export function firstFailure(settled: ReadonlyArray<Settled<unknown>>): Failure | undefined {
	for (const [itemIndex, entry] of settled.entries()) {
		if (!entry.ok) return { itemIndex, error: entry.error };
	}
	return undefined;
}

/** What can be found out for nothing, for every item, so that no item is paid for in vain. */
export function checkAll(
	prepared: ReadonlyArray<Settled<Work | Checked>>,
	session: RunSession,
	limit: number,
): Promise<Array<Settled<Work>>> {
	return mapSettled(prepared, limit, async (entry) => {
		if (!entry.ok) throw entry.error;
		return 'check' in entry.value ? entry.value.check(session) : entry.value;
	});
}

export interface Course {
	/** Items at the same time. */
	limit: number;
	/** Whether the first failure ends the node. */
	stopAtFailure: boolean;
	/** Whether that cancels what the other items have under way. */
	cancelOnFailure: boolean;
	/** Whether a stop of the execution cancels it. */
	cancelOnStop: boolean;
}

/**
 * Works through the items. Where a failure ends the node, it keeps the rest from being started, and
 * those under way from being waited for: nobody would get what they cost. They come to their end
 * where the request of the failed item, too, goes on: a timeout of one is soon a timeout of all.
 */
export async function workThrough(
	works: ReadonlyArray<Settled<Work>>,
	session: RunSession,
	{ limit, stopAtFailure, cancelOnFailure }: Course,
): Promise<{ outcomes: Outcome[]; failure: Failure | undefined }> {
	const { ledger } = session;
	const gaveUp = new AbortController();
	const signals = session.signal ? [session.signal, gaveUp.signal] : [gaveUp.signal];
	let failure: Failure | undefined;
	const outcomes = await mapSettled(works, limit, async (work, itemIndex) => {
		if (failure && stopAtFailure) throw new NotStarted();
		const signal = AbortSignal.any(signals);
		const done = work.ok ? work.value({ ...session, signal }) : Promise.reject(work.error);
		return done.catch((error: unknown) => {
			ledger.fail(itemIndex, error);
			failure ??= { itemIndex, error };
			if (stopAtFailure && !goesOn(error)) {
				gaveUp.abort(new GaveUp(cancelOnFailure && !ledger.triesLeft));
			}
			return Promise.reject(error);
		});
	});
	return { outcomes, failure };
}

class NotStarted extends Error {}
