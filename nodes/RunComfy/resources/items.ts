import type { INodeExecutionData } from 'n8n-workflow';
import { mapSettled, RunComfyError, type Settled } from '../../../core';
import type { Session } from '../session';
import type { Checked, Work } from './operation';

export interface Failure {
	itemIndex: number;
	error: unknown;
}

type Outcome = Settled<INodeExecutionData[]>;

export function firstFailure(settled: ReadonlyArray<Settled<unknown>>): Failure | undefined {
	for (const [itemIndex, entry] of settled.entries()) {
		if (!entry.ok) return { itemIndex, error: entry.error };
	}
	return undefined;
}

/** What can be found out for nothing, for every item, so that no item is paid for in vain. */
export function checkAll(
	prepared: ReadonlyArray<Settled<Work | Checked>>,
	session: Session,
	limit: number,
): Promise<Array<Settled<Work>>> {
	return mapSettled(prepared, limit, async (entry) => {
		if (!entry.ok) throw entry.error;
		return 'check' in entry.value ? entry.value.check(session) : entry.value;
	});
}

/**
 * Works through the items, `limit` at a time. Unless the flow goes on after a failure, the first
 * one lets those on their way come to their end and keeps the rest from being started: nobody would
 * get what they cost.
 */
export async function workThrough(
	works: ReadonlyArray<Settled<Work>>,
	session: Session,
	limit: number,
	continueOnFail: boolean,
): Promise<{ outcomes: Outcome[]; failure: Failure | undefined }> {
	let failure: Failure | undefined;
	const outcomes = await mapSettled(works, limit, async (work, itemIndex) => {
		if (failure && !continueOnFail) throw new NotStarted();
		const done = work.ok ? work.value(session) : Promise.reject(work.error);
		return done.catch((error: unknown) => {
			failure ??= { itemIndex, error };
			return Promise.reject(error);
		});
	});
	return { outcomes, failure };
}

class NotStarted extends Error {}

/** Names, in the error that ends the node, the requests of the other items: they were paid for. */
export function withSiblings({ itemIndex, error }: Failure, outcomes: Outcome[]): unknown {
	if (!(error instanceof RunComfyError)) return error;
	const siblings = outcomes
		.flatMap((outcome, index) => (index === itemIndex ? [] : [requestOf(outcome, index)]))
		.filter((sibling) => sibling !== undefined);
	if (siblings.length === 0) return error;
	const names = siblings.map(
		({ item, request_id, state }) => `${request_id} [item ${item}] ${state}`,
	);
	return new RunComfyError(error.code, error.message, {
		...error,
		hint: `${error.hint} Other requests of this run can be fetched with Get Result: ${names.join(', ')}.`,
		details: { ...error.details, requests: siblings },
	});
}

function requestOf(outcome: Outcome, item: number) {
	if (outcome.ok) {
		const json = outcome.value[0]?.json;
		const request_id = json?.['request_id'];
		return typeof request_id === 'string'
			? { item, request_id, state: String(json?.['status']) }
			: undefined;
	}
	const { error } = outcome;
	return error instanceof RunComfyError && error.requestId !== undefined
		? { item, request_id: error.requestId, state: error.code }
		: undefined;
}
