import { checkbox, folded, line, section } from '../../contract/fields.cjs';
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
	...section('result', OUTPUTS),
	...folded('resultOptions', OUTPUT_OPTIONS),
	...section('messages', {
		alsoAwaited: checkbox(
			'messages also for requests that a node of this Node-RED waits for; without it, such a callback only ends that wait at once',
		),
	}),
};
