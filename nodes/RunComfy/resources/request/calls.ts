import type { INodeProperties } from 'n8n-workflow';
import {
	cancel as cancelRequest,
	getStatus as readStatus,
	type RequestRef,
	type Service,
} from '../../../../core';
import { withoutRaw } from '../../items/json';
import { modelRequestFields, readRequestRef, requestFields } from '../../parameters/ids';
import type { Operation } from '../operation';

const FIELDS: Record<Service, INodeProperties[]> = {
	deployment: requestFields,
	model: modelRequestFields,
};

/** Builds an operation that makes one call about an earlier request. */
const about =
	(options: Record<Service, Operation['option']>, call: typeof readStatus | typeof cancelRequest) =>
	(service: Service): Operation<RequestRef> => ({
		option: options[service],
		description: FIELDS[service],
		read: (item) => readRequestRef(item, service),
		async run(ref, _item, { client, signal }) {
			return [{ json: withoutRaw(await call(client, ref, { signal })) }];
		},
	});

const status = {
	name: 'Get Status',
	description: 'Get the status of a request: queued, in progress or completed',
};

export const getStatus = about(
	{
		deployment: { ...status, action: 'Get request status' },
		model: { ...status, action: 'Get model request status' },
	},
	readStatus,
);

export const cancel = about(
	{
		deployment: {
			name: 'Cancel',
			action: 'Cancel request',
			description: 'Cancel a request that is queued or in progress',
		},
		model: {
			name: 'Cancel',
			action: 'Cancel model request',
			description: 'Cancel a queued request: a request in progress runs to its end',
		},
	},
	cancelRequest,
);
