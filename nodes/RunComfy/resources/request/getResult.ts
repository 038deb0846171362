import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';
import {
	attach,
	expectSuccess,
	getResult as readResult,
	outputsOf,
	type RunOptions,
	type RunResult,
	type Service,
} from '../../../../core';
import { toItems } from '../../items/result';
import { readRequestRef, requestFields } from '../../parameters/ids';
import { readFlag } from '../../parameters/mistakes';
import {
	type ChangedOptions,
	type OptionName,
	optionsField,
	OUTPUT_OPTIONS,
	simplifyField,
	WAIT_OPTIONS,
} from '../../parameters/optionFields';
import type { Item } from '../../parameters/options';
import { cancelsOnAbort } from '../../session/aborts';
import type { RunSession } from '../../session/session';
import type { Operation } from '../operation';

export const waitField: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until the request has ended. Otherwise a request that has not ended gives its status and no files.',
};

const WHEN_WAITING = { displayOptions: { show: { '/waitForCompletion': [true] } } };

/** The options, some of which count only while the node waits. */
export function waitingOptions(
	outputs: OptionName[],
	changed: ChangedOptions = {},
): INodeProperties {
	return optionsField([...outputs, ...WAIT_OPTIONS, 'cancelOnStop', 'concurrency'], {
		...changed,
		timeout: WHEN_WAITING,
		waitMode: WHEN_WAITING,
		cancelOnTimeout: { ...changed.cancelOnTimeout, ...WHEN_WAITING },
		// It was started elsewhere, and others may wait for it.
		cancelOnStop: { ...changed.cancelOnStop, ...WHEN_WAITING, default: false },
	});
}

/** The result of a request, or its status if it has not ended and the node does not wait. A failed request is an error. */
export const getResult: Operation<Parameters> = {
	option: {
		name: 'Get Result',
		action: 'Get request result',
		description: 'Retrieve the files and texts of a request, at once or when it ends',
	},
	description: [...requestFields, waitField, simplifyField, waitingOptions(OUTPUT_OPTIONS)],

	read: (item) => readParameters(item),

	cancelsOnStop: false,

	async run({ ref, waits }, item, session) {
		const { context, itemIndex, options } = item;
		const { client, ledger, signal } = session;
		if (waits) {
			ledger.attach(itemIndex, ref);
			ledger.deadline(itemIndex, options.wait.timeoutMs);
			// If the timeout has passed while the execution was parked, its status is read one last time.
			const { receipt, waitsFrom } = ledger.find(itemIndex) ?? {};
			const cancels = { onStop: options.cancelOnStop ?? false, onFailure: false };
			const how = { ...waitOptions(item, session, cancels), seen: receipt?.seen, waitsFrom };
			const waited = await attach(client, ref, how);
			return toWaitedItems(item, session, waited);
		}
		const result = expectSuccess(await readResult(client, ref, { signal }));
		return toItems(context, session, result, outputsOf(result), options.outputs);
	},
};

/** The items of a run that the node waited for. @throws RunComfyError `aborted` */
export function toWaitedItems(
	{ context, itemIndex, options }: Item,
	session: RunSession,
	result: RunResult,
): Promise<INodeExecutionData[]> {
	session.parking?.begin(itemIndex);
	const timings = { ...result.timings, ...session.ledger.parkedTimes(itemIndex) };
	const timed = { ...result, timings };
	return toItems(context, session, timed, result, options.outputs);
}

export type Parameters = ReturnType<typeof readParameters>;

/** @throws RunComfyError `invalid_input` */
export function readParameters(item: Item, service?: Service) {
	return { ref: readRequestRef(item, service), waits: readFlag(item, waitField) };
}

/** @param cancels whether a stop, and the failure of another item, cancel the request */
export function waitOptions(
	{ itemIndex, options }: Item,
	session: RunSession,
	cancels: { onStop: boolean; onFailure: boolean },
): RunOptions {
	const { ledger, parking, signal } = session;
	return {
		...options.wait,
		signal,
		cancelOnAbort: () => cancelsOnAbort(session, cancels),
		onProgress: (progress) => {
			ledger.notePoll(itemIndex, progress.status);
			parking?.polled(itemIndex, progress, ledger.leftMs(itemIndex));
		},
	};
}
