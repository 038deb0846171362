import { cancel as cancelRequest } from '../../../../core';
import { plain } from '../../shared/plain';
import { readRequestRef, requestFields } from '../../shared/request';
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
