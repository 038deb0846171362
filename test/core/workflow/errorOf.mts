import { RunComfyError } from '../../../core/index';
import { unreachable } from '../../support/expect.mts';

/** Of work that must be refused. */
export function errorOf(work: () => unknown): RunComfyError {
	try {
		work();
	} catch (error) {
		if (error instanceof RunComfyError) return error;
		throw error;
	}
	return unreachable('it was accepted');
}
