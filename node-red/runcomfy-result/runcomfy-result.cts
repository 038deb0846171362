import type { NodeAPI } from 'node-red';
import { attach, getResult, isFinalResult } from '../../core/index.js';
import { registerAction } from '../lib/node/action.cjs';
import { whileAwaiting } from '../lib/runs/awaited.cjs';
import { readRequestRef } from '../lib/inputs/ids.cjs';
import { answerWithOutputs, readOutputOptions } from '../lib/outputs/outputs.cjs';
import { answerWithResult } from '../lib/outputs/resultAnswer.cjs';
import { showProgress } from '../lib/node/status.cjs';
import { readWaiting } from '../lib/inputs/waiting.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-result', async (action) => {
		const { connection, fields, inputs, signal } = action;
		const { client, runTimes } = connection;
		const ref = await readRequestRef(inputs);
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
				onProgress: showProgress(action.show),
			}),
		);
		return answerWithOutputs(action, ref, waited, options);
	});
