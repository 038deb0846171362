import { submit as submitRequest } from '../../../../core';
import { inputFields, readSubmission } from '../../shared/inputs';
import { optionsField, SUBMIT_OPTIONS } from '../../shared/optionFields';
import type { Operation } from '../operation';

export const submit: Operation = {
	description: [...inputFields, optionsField([...SUBMIT_OPTIONS, 'concurrency'])],

	execute(context, itemIndex) {
		const check = readSubmission(context, itemIndex);
		return {
			async check(session) {
				const submission = await check(session);
				return async ({ client, signal }) => {
					const { input, annotate } = await submission.complete();
					const accepted = await submitRequest(client, input, { signal });
					return [annotate({ json: { ...accepted } })];
				};
			},
		};
	},
};
