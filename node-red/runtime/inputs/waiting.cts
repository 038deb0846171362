import { isTrue, readNumber, type Fields, type Inputs } from './inputs.cjs';

export interface Waiting {
	/** Whether to wait at all; only the result node has the choice. */
	wait: boolean;
	/** Milliseconds; 0 waits without end. */
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Seconds: a cold start and a long video fit. */
const DEFAULT_TIMEOUT = 3600;

/** @throws RunComfyError `invalid_input` */
export async function readWaiting(inputs: Inputs, fields: Fields): Promise<Waiting> {
	return {
		wait: isTrue(fields['wait']),
		timeoutMs: (await readNumber(inputs, 'timeout', DEFAULT_TIMEOUT)) * 1000,
		cancelOnTimeout: isTrue(fields['cancelOnTimeout']),
	};
}
