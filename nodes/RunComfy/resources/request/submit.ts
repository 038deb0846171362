import { submit as submitRequest } from '../../../../core';
import { inputFields, readSubmitInput } from '../../shared/inputs';
import { optionsField, SUBMIT_OPTIONS } from '../../shared/optionFields';
import type { Operation } from '../operation';

export const submit: Operation = {
	description: [...inputFields, optionsField([...SUBMIT_OPTIONS, 'concurrency'])],

	execute(context, itemIndex) {
		const input = readSubmitInput(context, itemIndex);
		return async ({ client, signal }) => {
			const accepted = await submitRequest(client, input, { signal });
			return [{ json: { ...accepted } }];
		};
	},
};
