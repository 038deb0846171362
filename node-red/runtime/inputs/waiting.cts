import { WAITING } from '../../contract/sharedFields.cjs';
import { type Fields, type Inputs, isTrue, readNumber } from './inputs.cjs';

export interface Waiting {
	/** Whether to wait at all; only the result node has the choice. */
	wait: boolean;
	/** Milliseconds; 0 waits without end. */
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** @throws RunComfyError `invalid_input` */
export async function readWaiting(inputs: Inputs, fields: Fields): Promise<Waiting> {
	return {
		wait: isTrue(fields['wait']),
		timeoutMs: (await readNumber(inputs, 'timeout', WAITING)) * 1000,
		cancelOnTimeout: isTrue(fields['cancelOnTimeout']),
	};
}
