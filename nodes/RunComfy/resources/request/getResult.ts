import {
	expectSuccess,
	getResult as readResult,
	isFinalResult,
	readOutputs,
} from '../../../../core';
import { toItem } from '../../outputs';
import { optionsField, OUTPUT_OPTIONS } from '../../shared/optionFields';
import { outputOptions, readOptions } from '../../shared/options';
import { readRequestRef, requestFields } from '../../shared/request';
import type { Operation } from '../operation';

/** Of a request that has not ended: its status, and no files. One that failed is an error. */
export const getResult: Operation = {
	description: [...requestFields, optionsField([...OUTPUT_OPTIONS, 'concurrency'])],

	execute(context, itemIndex) {
		const ref = readRequestRef(context, itemIndex);
		const wanted = outputOptions(readOptions(context, itemIndex));
		return async (session) => {
			const { client, signal } = session;
			const result = expectSuccess(await readResult(client, ref, { signal }));
			const outputs = readOutputs(result.outputs);
			const choice = isFinalResult(result.status) ? wanted : { ...wanted, nodeIds: [] };
			return [await toItem(context, session, result, outputs, choice)];
		};
	},
};
