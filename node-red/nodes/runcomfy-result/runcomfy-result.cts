import type { NodeAPI } from 'node-red';
import { attach, getResult, isFinalResult } from '../../../core/index.js';
import { readRequestRef } from '../../runtime/inputs/ids.cjs';
import { readWaiting } from '../../runtime/inputs/inputs.cjs';
import { registerAction } from '../../runtime/node/action.cjs';
import { giveBack } from '../../runtime/node/correlation.cjs';
import { answerWithOutputs, readOutputOptions } from '../../runtime/outputs/outputs.cjs';
import { answerWithResult } from '../../runtime/outputs/resultAnswer.cjs';
import { whileAwaiting } from '../../runtime/runs/awaited.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-result', async (action) => {
		const { connection, fields, inputs, signal } = action;
		const { client, runTimes } = connection;
		const ref = await readRequestRef(inputs);
		giveBack(action, ref.requestId);
		const options = await readOutputOptions(action);
		const waiting = await readWaiting(inputs, fields);
		const result = await getResult(client, ref, { signal });
		if (!waiting.wait || isFinalResult(result.status)) {
			return answerWithResult(action, ref, result, options);
		}
		const waited = await whileAwaiting(ref, ({ wake }) =>
			attach(client, ref, {
				...waiting,
				signal,
				wake,
				runTimes,
				// Another flow may wait for the same request: closing this node must not end it.
				cancelOnAbort: false,
				onProgress({ status, queue_position: queuePosition }) {
					if (status !== 'in_queue' && status !== 'in_progress') return;
					action.show({ state: status, requestId: ref.requestId, queuePosition });
				},
			}),
		);
		return answerWithOutputs(action, ref, waited, options);
	});
