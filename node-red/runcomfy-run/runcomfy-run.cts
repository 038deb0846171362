import type { NodeAPI } from 'node-red';
import { run } from '../../core/index.js';
import { registerAction } from '../lib/action.cjs';
import { answerWithOutputs, readOutputOptions } from '../lib/outputs.cjs';
import { showProgress } from '../lib/status.cjs';
import { readSubmission } from '../lib/submission.cjs';
import { readWaiting } from '../lib/waiting.cjs';

export = (RED: NodeAPI): void =>
	registerAction(RED, 'runcomfy-run', async (action) => {
		const { connection, fields, inputs, show, signal } = action;
		// Everything is read before anything is paid for.
		const { input, warnings } = await readSubmission(action);
		const options = await readOutputOptions(action);
		const waiting = await readWaiting(inputs, fields);
		const result = await connection.limiter.run(
			() =>
				run(connection.client, input, {
					...waiting,
					signal,
					runTimes: connection.runTimes,
					workflow: input.workflowApiJson,
					onSubmitted: (answer) =>
						action.know({ requestId: answer.request_id, deploymentId: answer.deployment_id }),
					onProgress: showProgress(show),
				}),
			{ signal, onWait: () => show('waiting') },
		);
		const ref = { deploymentId: result.deployment_id, requestId: result.request_id };
		return answerWithOutputs(action, ref, result, options, warnings);
	});
