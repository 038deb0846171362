import type { NodeAPI } from 'node-red';
import { getStatus } from '../../../core/index.js';
import { readRequestRef } from '../../runtime/inputs/inputs.cjs';
import { idleStatusOf } from '../../runtime/node/status.cjs';
import { registerCalls } from '../../runtime/runs/nodes.cjs';

export = (RED: NodeAPI): void =>
	registerCalls(RED, 'runcomfy-status', async (action) => {
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
