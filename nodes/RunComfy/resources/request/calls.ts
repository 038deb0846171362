import {
	cancel as cancelRequest,
	getStatus as readStatus,
	type RequestRef,
	type Service,
} from '../../../../core';
import { withoutRaw } from '../../items/json';
import { readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';
import { KINDS } from './kinds';

/** Builds an operation that makes one call about an earlier request. */
function about(
	service: Service,
	option: Operation['option'],
	call: typeof readStatus | typeof cancelRequest,
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

export function getStatus(service: Service): Operation<RequestRef> {
	const description = 'Get the status of a request: queued, in progress or completed';
	const option = { name: 'Get Status', ...KINDS[service].getStatus, description };
	return about(service, option, readStatus);
}

export function cancel(service: Service): Operation<RequestRef> {
	return about(service, { name: 'Cancel', ...KINDS[service].cancel }, cancelRequest);
}
