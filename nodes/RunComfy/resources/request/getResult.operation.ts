import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	attach,
	expectSuccess,
	getResult as readResult,
	isFinalResult,
	itIsNow,
	readOutputs,
	RunComfyError,
	type RequestRef,
} from '../../../../core';
import { toItems } from '../../items/result';
import { cancelsOnAbort, runTimes, type RunSession } from '../../session/session';
import { optionsField, OUTPUT_OPTIONS, WAIT_OPTIONS } from '../../parameters/optionFields';
import {
	cancelOnStop,
	outputOptions,
	readOptions,
	waitOptions,
	type WaitOptions,
} from '../../parameters/options';
import { readRequestRef, requestFields } from '../../parameters/request';
import type { Operation } from '../operation';

const waitField: INodeProperties = {
	displayName: 'Wait for Completion',
	name: 'waitForCompletion',
	type: 'boolean',
	default: false,
	description:
		'Whether to wait until the request has ended. Otherwise a request that has not ended gives its status and no files.',
};

const WHEN_WAITING = { displayOptions: { show: { '/waitForCompletion': [true] } } };

/** The result of a request; of one that has not ended and is not waited for, its status. One that failed is an error. */
export const getResult: Operation = {
	description: [
		...requestFields,
		waitField,
		optionsField([...OUTPUT_OPTIONS, ...WAIT_OPTIONS, 'cancelOnStop', 'concurrency'], {
			timeout: WHEN_WAITING,
			cancelOnTimeout: WHEN_WAITING,
			// It was started elsewhere, and others may wait for it.
			cancelOnStop: { ...WHEN_WAITING, default: false },
		}),
	],

	execute(context, itemIndex) {
		const ref = readRequestRef(context, itemIndex);
		const given = readOptions(context, itemIndex);
		const wanted = outputOptions(given);
		const wait = { ...waitOptions(given), cancelOnStop: cancelOnStop(given, false) };
		const waits = readWaits(context, itemIndex);
		return async (session) => {
			if (waits) {
				const waited = await waitFor(session, ref, wait);
				return toItems(context, session, waited, waited, wanted);
			}
			const { client, signal } = session;
			const result = expectSuccess(await readResult(client, ref, { signal }));
			const outputs = readOutputs(result.outputs);
			const choice = isFinalResult(result.status) ? wanted : { ...wanted, nodeIds: [] };
			return toItems(context, session, result, outputs, choice);
		};
	},
};

/** @throws RunComfyError `invalid_input` */
function readWaits(context: IExecuteFunctions, itemIndex: number): boolean {
	const value: unknown = context.getNodeParameter('waitForCompletion', itemIndex, false);
	if (typeof value === 'boolean') return value;
	if (value === 'true' || value === 'false') return value === 'true';
	throw new RunComfyError('invalid_input', `${waitField.displayName} must be true or false`, {
		hint: itIsNow(value),
	});
}

function waitFor(
	session: RunSession,
	ref: RequestRef,
	{ cancelOnStop: onStop, ...wait }: WaitOptions & { cancelOnStop: boolean },
) {
	const { client, signal } = session;
	const cancelOnAbort = () => cancelsOnAbort(session, { onStop, onFailure: false });
	return attach(client, ref, { ...wait, signal, runTimes, cancelOnAbort });
}
