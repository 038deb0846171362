import { cancel, getStatus, type RequestRef, type TargetKind } from '../../../../core';
import { withoutRaw } from '../../items/json';
import { readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';
import { KINDS } from './kinds';

/** Builds an operation that makes one call about an earlier request. */
function aboutRequest(
	kind: TargetKind,
	option: Operation['option'],
	call: typeof getStatus | typeof cancel,
): Operation<RequestRef> {
	return {
		option,
		description: requestFields(kind),
		read: (item) => readRequestRef(item, kind),
		async run(ref, _item, { client, signal }) {
			return [{ json: withoutRaw(await call(client, ref, { signal })) }];
		},
	};
}

export function statusOperation(kind: TargetKind): Operation<RequestRef> {
	const description = 'Get the status of a request: queued, in progress or completed';
	const option = { name: 'Get Status', ...KINDS[kind].getStatus, description };
	return aboutRequest(kind, option, getStatus);
}

export function cancelOperation(kind: TargetKind): Operation<RequestRef> {
	return aboutRequest(kind, { name: 'Cancel', ...KINDS[kind].cancel }, cancel);
}
