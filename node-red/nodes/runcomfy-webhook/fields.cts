import { folded, line, section } from '../../contract/fields.cjs';
import { COMMON, OUTPUT_OPTIONS, OUTPUTS } from '../../contract/sharedFields.cjs';

export const FIELDS = {
	...COMMON,
	path: line('/runcomfy', {
		required: true,
		check: 'path',
		icon: 'globe',
		example: '/runcomfy',
		short: true,
		help: 'the path that RunComfy calls',
	}),
	secret: line('', {
		credential: true,
		required: true,
		icon: 'key',
		below: 'address',
		short: true,
		help: 'a text that callers must know; the dialog makes one. `${NAME}` takes it from the environment',
	}),
	// The node that the secret was made for: a copy of it has none.
	secretFor: { kind: 'hidden', value: '', check: 'secret' },
	...section('result', OUTPUTS),
	...folded('resultOptions', OUTPUT_OPTIONS),
};
