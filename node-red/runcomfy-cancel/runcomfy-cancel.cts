import type { NodeAPI } from 'node-red';
import { cancel } from '../../core/index.js';
import { registerAction } from '../lib/action.cjs';
import { readRequestRef } from '../lib/ids.cjs';
import { noteCancel } from '../lib/runs.cjs';
import { stateOutcome } from '../lib/status.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-cancel', async ({ connection, inputs, signal }) => {
		const ref = await readRequestRef(inputs);
		const answered = await cancel(connection.client, ref, { signal });
		noteCancel(answered);
		const { raw, ...answer } = answered;
		return {
			...ref,
			payload: answer,
			status: answer.status,
			runcomfy: { raw },
			outcome: stateOutcome(answer.status),
		};
	});
