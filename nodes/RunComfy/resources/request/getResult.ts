import type { INodeProperties } from 'n8n-workflow';
import {
	expectSuccess,
	getResult,
	type RequestRef,
	type ResultAnswer,
	type TargetKind,
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

	attaches: ({ ref, waits }) => (waits ? ref : undefined),

	async run({ ref }, item, session) {
		const result = await getResult(session.client, ref, { signal: session.signal });
		return itemsOf(expectSuccess(result), item, session);
	},

	ended: (result, _receipt, item, session) => itemsOf(result, item, session),
});

function itemsOf(result: ResultAnswer, { context, options }: Item, session: RunSession) {
	return toItems(context, session, result, options.outputs);
}
