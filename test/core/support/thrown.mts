import { RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';

/** Runs work that must fail, and gives what it throws. */
export function thrownBy(work: () => unknown): RunComfyError {
	try {
		work();
	} catch (error) {
		return ownError(error);
	}
	return unreachable('it was accepted');
}

/** Does the same for asynchronous work. */
export const errorOf = (done: Promise<unknown>): Promise<RunComfyError> =>
	done.then(() => unreachable('it succeeded'), ownError);

function ownError(error: unknown): RunComfyError {
	if (error instanceof RunComfyError) return error;
	throw error;
}
