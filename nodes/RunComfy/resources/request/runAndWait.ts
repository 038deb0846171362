import { run } from '../../../../core';
import { toItem } from '../../outputs';
import { runTimes } from '../../session';
import { inputFields, readSubmission } from '../../shared/inputs';
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
		const check = readSubmission(context, itemIndex);
		const wait = waitOptions(given);
		const wanted = outputOptions(given);
		return {
			async check(session) {
				const submission = await check(session);
				return async ({ client, signal }) => {
					const { input, workflow, annotate } = await submission.complete();
					const result = await run(client, input, { ...wait, signal, runTimes, workflow });
					return [annotate(await toItem(context, session, result, result, wanted))];
				};
			},
		};
	},
};
