import { checkbox, folded, section, shownWhen } from '../../contract/fields.cjs';
import { COMMON, OUTPUT_OPTIONS, OUTPUTS, REQUEST, WAITING } from '../../contract/sharedFields.cjs';

export const FIELDS = {
	...COMMON,
	...section('input', REQUEST),
	...section('result', OUTPUTS),
	...folded('resultOptions', OUTPUT_OPTIONS),
	...section('waiting', {
		wait: checkbox('hold the message until the request has ended'),
		...shownWhen({ field: 'wait' }, WAITING),
	}),
};
