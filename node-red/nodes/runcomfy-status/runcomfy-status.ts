import type { NodeAPI } from 'node-red';
import { getStatus } from '../../../core';
import { readRequestRef } from '../../runtime/inputs/inputs';
import { registerCall } from '../../runtime/node/call';
import { idleStatusOf } from '../../runtime/node/status';

export = (RED: NodeAPI): void =>
	registerCall(RED, 'runcomfy-status', () => async (action) => {
		const { connection, signal } = action;
		const ref = await readRequestRef(action);
		const { raw, ...answer } = await getStatus(connection.client, ref, { signal });
		return {
			...ref,
			payload: answer,
			status: answer.status,
			runcomfy: { raw },
			nodeStatus: idleStatusOf(answer.status),
		};
	});
