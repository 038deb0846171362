import { getStatus as readStatus, type RequestRef } from '../../../../core';
import { withoutRaw } from '../../items/json';
import { readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';

export const getStatus: Operation<RequestRef> = {
	option: {
		name: 'Get Status',
		action: 'Get request status',
		description: 'Retrieve whether a request is queued, in progress or completed',
	},
	description: requestFields,

	read: ({ context, itemIndex }) => readRequestRef(context, itemIndex),

	async run(ref, _item, { client, signal }) {
		return [{ json: withoutRaw(await readStatus(client, ref, { signal })) }];
	},
};
