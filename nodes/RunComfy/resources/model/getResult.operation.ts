import { modelRequestFields } from '../../parameters/ids';
import { MODEL_CHANGES, MODEL_OUTPUT_OPTIONS, simplifyField } from '../../parameters/optionFields';
import type { Operation } from '../operation';
import {
	getResult as ofRequest,
	type Parameters,
	readParameters,
	waitField,
	waitingOptions,
} from '../request/getResult.operation';

export const getResult: Operation<Parameters> = {
	...ofRequest,
	option: {
		name: 'Get Result',
		action: 'Get model request result',
		description: 'Retrieve the files and texts of a request, at once or when it ends',
	},
	description: [
		...modelRequestFields,
		waitField,
		simplifyField,
		waitingOptions(MODEL_OUTPUT_OPTIONS, MODEL_CHANGES),
	],

	read: (item) => readParameters(item, 'model'),
};
