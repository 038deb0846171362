import { RunComfyError, type ErrorFacts } from './errors';

/** @throws RunComfyError `aborted` when the signal has aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, facts: ErrorFacts = {}): void {
	if (signal?.aborted) throw abortedError(facts);
}

export function abortedError(facts: ErrorFacts = {}): RunComfyError {
	return new RunComfyError('aborted', 'The run was stopped', facts);
}
