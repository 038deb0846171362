import type { NodeAPI } from 'node-red';
import { attach, expectSuccess, getResult, isFinalResult } from '../../core/index.js';
import { registerAction } from '../lib/action.cjs';
import { whileAwaiting } from '../lib/awaited.cjs';
import { readRequestRef } from '../lib/ids.cjs';
import { answerWithOutputs, readOutputOptions } from '../lib/outputs.cjs';
import { showProgress, stateOutcome } from '../lib/status.cjs';
import { readWaiting } from '../lib/waiting.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-result', async (action) => {
		const { connection, fields, inputs, signal } = action;
		const { client, runTimes } = connection;
		const ref = await readRequestRef(inputs);
		const options = await readOutputOptions(action);
		const waiting = await readWaiting(inputs, fields);
		const result = expectSuccess(await getResult(client, ref, { signal }));
		if (isFinalResult(result.status)) return answerWithOutputs(action, ref, result, options);
		if (waiting.wait) {
			const waited = await whileAwaiting(ref.requestId, ({ wake }) =>
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
		}
		return {
			...ref,
			payload: [],
			status: result.status,
			runcomfy: { result: result.raw, files: [], texts: [], warnings: [] },
			outcome: stateOutcome(result.status),
		};
	});
