import { RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';

/** What work throws that must not succeed. */
export function thrownBy(work: () => unknown): RunComfyError {
	try {
		work();
	} catch (error) {
		return ownError(error);
	}
	return unreachable('it was accepted');
}

/** The same of work that takes its time. */
export const errorOf = (done: Promise<unknown>): Promise<RunComfyError> =>
	done.then(() => unreachable('it succeeded'), ownError);

function ownError(error: unknown): RunComfyError {
	if (error instanceof RunComfyError) return error;
	throw error;
}
