import { checkbox, section, shownWhen } from '../../contract/fields.cjs';
import { commonFields, OUTPUTS, REQUEST, WAITING } from '../../contract/sharedFields.cjs';
import { versionOf } from '../../runtime/node/migrate.cjs';

export const FIELDS = {
	...commonFields(versionOf('runcomfy-result')),
	...section('input', REQUEST),
	...section('result', OUTPUTS),
	...section('waiting', {
		wait: checkbox('hold the message until the request has ended'),
		...shownWhen({ field: 'wait' }, WAITING),
	}),
};
