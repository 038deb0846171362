import {
	expectSuccess,
	isFinalResult,
	type RequestRef,
	type ResultAnswer,
} from '../../../core/index.js';
import type { Action, Answer } from '../node/action.cjs';
import { stateOutcome } from '../node/status.cjs';
import { answerWithOutputs, type OutputOptions } from './outputs.cjs';

/**
 * The answer of a node that has read a result: its outputs, or, while the request has not ended, its
 * state with an empty list.
 * @throws RunComfyError `run_failed`, `run_canceled`, and what fetching the outputs throws
 */
export async function answerWithResult(
	action: Action,
	ref: RequestRef,
	result: ResultAnswer,
	options: OutputOptions,
): Promise<Answer> {
	if (isFinalResult(result.status)) {
		return answerWithOutputs(action, ref, expectSuccess(result), options);
	}
	return {
		...ref,
		payload: [],
		status: result.status,
		runcomfy: { result: result.raw, files: [], texts: [], warnings: [] },
		outcome: stateOutcome(result.status),
	};
}
