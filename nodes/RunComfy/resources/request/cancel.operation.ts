import { cancel as cancelRequest, type RequestRef } from '../../../../core';
import { withoutRaw } from '../../items/json';
import { readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';

export const cancel: Operation<RequestRef> = {
	option: {
		name: 'Cancel',
		action: 'Cancel request',
		description: 'Cancel a request that is queued or in progress',
	},
	description: requestFields,

	read: ({ context, itemIndex }) => readRequestRef(context, itemIndex),

	async run(ref, _item, { client, signal }) {
		return [{ json: withoutRaw(await cancelRequest(client, ref, { signal })) }];
	},
};
