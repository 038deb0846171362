import { getStatus as readStatus } from '../../../../core';
import { plain } from '../../items/plain';
import { readRequestRef, requestFields } from '../../parameters/request';
import type { Operation } from '../operation';

export const getStatus: Operation = {
	description: requestFields,

	execute(context, itemIndex) {
		const ref = readRequestRef(context, itemIndex);
		return async ({ client, signal }) => {
			const status = await readStatus(client, ref, { signal });
			return [{ json: plain(status) }];
		};
	},
};
