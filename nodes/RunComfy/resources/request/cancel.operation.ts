import { cancel as cancelRequest, type RequestRef } from '../../../../core';
import { plain } from '../../items/plain';
import { readRequestRef, requestFields } from '../../parameters/request';
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
		return [{ json: plain(await cancelRequest(client, ref, { signal })) }];
	},
};
