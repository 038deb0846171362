import type { DirectDraft, Prepared } from '../../../../core';
import { checkDirectDraft, modelFields, readModelDraft } from '../../parameters/direct';
import {
	MODEL_CHANGES,
	MODEL_SUBMIT_OPTIONS,
	optionsField,
	SUBMITTING,
} from '../../parameters/optionFields';
import type { Operation } from '../operation';
import { submit as ofRequest } from '../request/submit.operation';

export const submit: Operation<DirectDraft, Prepared> = {
	...ofRequest,
	option: {
		name: 'Submit',
		action: 'Submit hosted model run',
		description: 'Start a hosted model and continue at once with the ID of the request',
	},
	description: [
		...modelFields,
		optionsField([...MODEL_SUBMIT_OPTIONS, ...SUBMITTING], MODEL_CHANGES),
	],

	read: readModelDraft,

	check: checkDirectDraft,
};
