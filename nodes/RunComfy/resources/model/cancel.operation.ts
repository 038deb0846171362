import type { RequestRef } from '../../../../core';
import { modelRequestFields, readRequestRef } from '../../parameters/ids';
import type { Operation } from '../operation';
import { cancel as ofRequest } from '../request/cancel.operation';

export const cancel: Operation<RequestRef> = {
	...ofRequest,
	option: {
		name: 'Cancel',
		action: 'Cancel model request',
		description: 'Cancel a request that is still queued: one in progress runs to its end',
	},
	description: modelRequestFields,

	read: ({ context, itemIndex }) => readRequestRef(context, itemIndex, 'model'),
};
