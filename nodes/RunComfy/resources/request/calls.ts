import { cancel, getStatus, type RequestRef, type Service } from '../../../../core';
import { withoutRaw } from '../../items/json';
import { readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';
import { KINDS } from './kinds';

/** Builds an operation that makes one call about an earlier request. */
function aboutRequest(
	service: Service,
	option: Operation['option'],
	call: typeof getStatus | typeof cancel,
): Operation<RequestRef> {
	return {
		option,
		description: requestFields(service),
		read: (item) => readRequestRef(item, service),
		async run(ref, _item, { client, signal }) {
			return [{ json: withoutRaw(await call(client, ref, { signal })) }];
		},
	};
}

export function statusOperation(service: Service): Operation<RequestRef> {
	const description = 'Get the status of a request: queued, in progress or completed';
	const option = { name: 'Get Status', ...KINDS[service].getStatus, description };
	return aboutRequest(service, option, getStatus);
}

export function cancelOperation(service: Service): Operation<RequestRef> {
	return aboutRequest(service, { name: 'Cancel', ...KINDS[service].cancel }, cancel);
}
