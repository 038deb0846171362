import { run } from '../../../../core';
import { toItem } from '../../outputs';
import { runTimes } from '../../session';
import { inputFields, readSubmitInput } from '../../shared/inputs';
import {
	optionsField,
	OUTPUT_OPTIONS,
	SUBMIT_OPTIONS,
	WAIT_OPTIONS,
} from '../../shared/optionFields';
import { outputOptions, readOptions, waitOptions } from '../../shared/options';
import type { Operation } from '../operation';

export const runAndWait: Operation = {
	description: [
		...inputFields,
		optionsField([...OUTPUT_OPTIONS, ...SUBMIT_OPTIONS, ...WAIT_OPTIONS, 'concurrency']),
	],

	execute(context, itemIndex) {
		const given = readOptions(context, itemIndex);
		const input = readSubmitInput(context, itemIndex);
		const wait = waitOptions(given);
		const wanted = outputOptions(given);
		return async (session) => {
			const { client, signal } = session;
			const result = await run(client, input, {
				...wait,
				signal,
				runTimes,
				workflow: input.workflowApiJson,
			});
			return [await toItem(context, session, result, result, wanted)];
		};
	},
};
