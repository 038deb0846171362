import type { ErrorFacts } from '../errors';
import type { Host } from '../host';
import { throwIfAborted } from './limits';

/**
 * Sleeps on the host's clock, or until `wake` aborts.
 * @returns whether it was woken
 * @throws RunComfyError `aborted` when `signal` aborts
 */
export async function pause(
	host: Host,
	ms: number,
	signal: AbortSignal | undefined,
	facts: ErrorFacts = {},
	wake?: AbortSignal | undefined,
): Promise<boolean> {
	throwIfAborted(signal, facts);
	const either = anyOf(signal, wake);
	try {
		if (!wake?.aborted) await host.sleep(ms, either.signal);
	} catch (thrown) {
		throwIfAborted(signal, facts);
		if (!wake?.aborted) throw thrown;
	} finally {
		either.release();
	}
	throwIfAborted(signal, facts);
	return wake?.aborted === true;
}

/** A signal that aborts with any of these. Unlike `AbortSignal.any`, it can be let go of. */
function anyOf(...sources: Array<AbortSignal | undefined>): {
	signal: AbortSignal | undefined;
	release: () => void;
} {
	const given = sources.filter((source) => source !== undefined);
	if (given.length < 2) return { signal: given[0], release: () => undefined };
	const either = new AbortController();
	const stop = () => either.abort();
	for (const source of given) source.addEventListener('abort', stop);
	return {
		signal: either.signal,
		release() {
			for (const source of given) source.removeEventListener('abort', stop);
		},
	};
}
