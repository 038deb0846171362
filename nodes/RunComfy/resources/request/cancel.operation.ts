import { cancel as cancelRequest } from '../../../../core';
import { plain } from '../../items/plain';
import { readRequestRef, requestFields } from '../../parameters/request';
import type { Operation } from '../operation';

export const cancel: Operation = {
	description: requestFields,

	execute(context, itemIndex) {
		const ref = readRequestRef(context, itemIndex);
		return async ({ client, signal }) => {
			const answer = await cancelRequest(client, ref, { signal });
			return [{ json: plain(answer) }];
		};
	},
};
