import { folded, line } from '../../contract/fields.cjs';
import { COMMON, INPUT_OPTIONS, INPUTS, TARGET } from '../../contract/sharedFields.cjs';

export const FIELDS = {
	...COMMON,
	...TARGET,
	...INPUTS,
	...folded('inputOptions', {
		...INPUT_OPTIONS,
		keep: line('', {
			icon: 'tags',
			placeholder: 'keep',
			help: 'names of message properties that come back with the result, besides `topic` and `parts`. Empty: all plain ones, up to 16 KB',
		}),
	}),
};
