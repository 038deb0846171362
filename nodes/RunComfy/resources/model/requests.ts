import type { Prepared } from '../../../../core';
import { modelFields, readModelDraft } from '../../parameters/direct';
import { modelRequestFields } from '../../parameters/ids';
import {
	MODEL_CHANGES,
	MODEL_OUTPUT_OPTIONS,
	MODEL_SUBMIT_OPTIONS,
	optionsField,
	simplifyField,
	SUBMITTING,
	WAITING,
} from '../../parameters/optionFields';
import type { ItemDraft } from '../../parameters/submission';
import type { Operation } from '../operation';
import * as ofRequest from '../request/getResult';
import { runAndWait as runRequest } from '../request/runAndWait';
import { submit as submitRequest } from '../request/submit';

// Requests of models reuse the operations of deployments, with their own inputs and fewer options.

export const runAndWait: Operation<ItemDraft, Prepared> = {
	...runRequest,
	option: {
		name: 'Run and Wait',
		action: 'Run hosted model and wait',
		description: 'Run a hosted model, wait until it ends, and retrieve its files and texts',
	},
	description: [
		...modelFields,
		simplifyField,
		optionsField([...MODEL_OUTPUT_OPTIONS, ...MODEL_SUBMIT_OPTIONS, ...WAITING], MODEL_CHANGES),
	],
	read: readModelDraft,
};

export const submit: Operation<ItemDraft, Prepared> = {
	...submitRequest,
	option: {
		name: 'Submit',
		action: 'Submit hosted model run',
		description: 'Start a hosted model and continue immediately with the request ID',
	},
	description: [
		...modelFields,
		optionsField([...MODEL_SUBMIT_OPTIONS, ...SUBMITTING], MODEL_CHANGES),
	],
	read: readModelDraft,
};

export const getResult: Operation<ofRequest.Parameters> = {
	...ofRequest.getResult,
	option: { ...ofRequest.getResult.option, action: 'Get model request result' },
	description: [
		...modelRequestFields,
		ofRequest.waitField,
		simplifyField,
		ofRequest.waitingOptions(MODEL_OUTPUT_OPTIONS, MODEL_CHANGES),
	],
	read: (item) => ofRequest.readParameters(item, 'model'),
};
