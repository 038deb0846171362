import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import {
	expectSuccess,
	getResult,
	Pursuit,
	type PursuitOptions,
	type Receipt,
	type RequestRef,
	type ResultAnswer,
	type TargetKind,
	type TimedResult,
} from '../../../../core';
import { toItems } from '../../items/result';
import { readRequestRef, requestFields } from '../../parameters/ids';
import { readFlag } from '../../parameters/mistakes';
import {
	type ChangedOptions,
	optionsField,
	OUTPUT_OPTIONS,
	simplifyField,
	WAIT_OPTIONS,
} from '../../parameters/optionFields';
import type { Item } from '../../parameters/options';
import { cancelsOnAbort } from '../../session/aborts';
import type { RunSession } from '../../session/session';
import type { Operation } from '../operation';
import { KINDS } from './kinds';

const waitField: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until the request has ended. Otherwise you get the status of an unfinished request, without files.',
};

const WHEN_WAITING = { displayOptions: { show: { '/waitForCompletion': [true] } } };

const OPTIONS = [...OUTPUT_OPTIONS, ...WAIT_OPTIONS, 'concurrency'] as const;

/** The options of waiting are shown only if the node waits. */
const CHANGED: ChangedOptions = {
	timeout: WHEN_WAITING,
	waitMode: WHEN_WAITING,
	cancelOnTimeout: WHEN_WAITING,
};

interface Parameters {
	ref: RequestRef;
	/** Whether to wait until the request has ended. */
	waits: boolean;
}

/**
 * Returns the result of a request, or its status if it has not ended and the node does not wait. A failed request is an
 * error.
 */
export const resultOperation = (kind: TargetKind): Operation<Parameters> => ({
	option: {
		name: 'Get Result',
		...KINDS[kind].getResult,
		description: 'Retrieve the files and texts of a request, immediately or when it ends',
	},
	description: [
		...requestFields(kind),
		waitField,
		simplifyField,
		optionsField(kind, OPTIONS, CHANGED),
	],

	read: (item) => ({ ref: readRequestRef(item, kind), waits: readFlag(item, waitField) }),

	async run({ ref, waits }, item, session) {
		const { client, ledger, signal } = session;
		if (waits) return waitToItems(item, session, ledger.item(item.itemIndex).attached(ref));
		return toItemsOf(item, session, expectSuccess(await getResult(client, ref, { signal })));
	},

	resume: (receipt, item, session) => waitToItems(item, session, receipt),
});

async function waitToItems(item: Item, session: RunSession, receipt: Receipt) {
	return toItemsOf(item, session, await waitFor(item, session, receipt));
}

/** Waits for the end of the item's request, and submits it first if it is only planned. */
export async function waitFor(
	{ itemIndex, options }: Item,
	session: RunSession,
	receipt: Receipt,
	more: Pick<PursuitOptions, 'input' | 'workflow'> = {},
): Promise<TimedResult> {
	const own = session.ledger.item(itemIndex);
	const { timeoutMs, cancelOnTimeout } = options.wait;
	const pursuit = new Pursuit(session.client, receipt, {
		...more,
		...own.waitsFor(timeoutMs),
		leave: session.signal,
		// Others may be waiting for a request that was submitted elsewhere.
		cancels: (why) =>
			why === 'timeout' ? cancelOnTimeout : receipt.state !== 'attached' && cancelsOnAbort(session),
	});
	const result = await pursuit.ended();
	own.take('works');
	return result;
}

/** @throws RunComfyError `aborted` */
export function toItemsOf(
	{ context, options }: Item,
	session: RunSession,
	result: ResultAnswer,
): Promise<INodeExecutionData[]> {
	return toItems(context, session, result, options.outputs);
}
