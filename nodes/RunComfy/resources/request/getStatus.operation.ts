import { getStatus as readStatus, type RequestRef } from '../../../../core';
import { plain } from '../../items/plain';
import { readRequestRef, requestFields } from '../../parameters/request';
import type { Operation } from '../operation';

export const getStatus: Operation<RequestRef> = {
	option: {
		name: 'Get Status',
		action: 'Check whether request has ended',
		description: 'Ask whether a request is queued, in progress or completed',
	},
	description: requestFields,

	read: ({ context, itemIndex }) => readRequestRef(context, itemIndex),

	async run(ref, _item, { client, signal }) {
		return [{ json: plain(await readStatus(client, ref, { signal })) }];
	},
};
