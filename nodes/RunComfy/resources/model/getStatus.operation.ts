import type { RequestRef } from '../../../../core';
import { modelRequestFields, readRequestRef } from '../../parameters/ids';
import type { Operation } from '../operation';
import { getStatus as ofRequest } from '../request/getStatus.operation';

export const getStatus: Operation<RequestRef> = {
	...ofRequest,
	option: {
		name: 'Get Status',
		action: 'Get model request status',
		description: 'Retrieve whether a request is queued, in progress or completed',
	},
	description: modelRequestFields,

	read: ({ context, itemIndex }) => readRequestRef(context, itemIndex, 'model'),
};
