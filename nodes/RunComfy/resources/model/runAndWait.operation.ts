import type { DirectDraft, Prepared } from '../../../../core';
import { checkDirectDraft, modelFields, readModelDraft } from '../../parameters/direct';
import {
	GUARD_OPTIONS,
	MODEL_CHANGES,
	MODEL_OUTPUT_OPTIONS,
	MODEL_SUBMIT_OPTIONS,
	optionsField,
	simplifyField,
	WAIT_OPTIONS,
} from '../../parameters/optionFields';
import type { Operation } from '../operation';
import { runAndWait as ofRequest } from '../request/runAndWait.operation';

export const runAndWait: Operation<DirectDraft, Prepared> = {
	...ofRequest,
	option: {
		name: 'Run and Wait',
		action: 'Run hosted model and wait',
		description: 'Run a hosted model, wait until it ends, and retrieve its files and texts',
	},
	description: [
		...modelFields,
		simplifyField,
		optionsField(
			[
				...MODEL_OUTPUT_OPTIONS,
				...MODEL_SUBMIT_OPTIONS,
				...WAIT_OPTIONS,
				...GUARD_OPTIONS,
				'concurrency',
				'stopBelowBalance',
			],
			MODEL_CHANGES,
		),
	],

	read: readModelDraft,

	check: checkDirectDraft,
};
