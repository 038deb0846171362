import type { ErrorFacts } from '../errors';
import type { Host } from '../host';
import { throwIfAborted } from './limits';

/** Sleeps on the host's clock. @throws RunComfyError `aborted` */
export async function pause(
	host: Host,
	ms: number,
	signal: AbortSignal | undefined,
	facts: ErrorFacts = {},
): Promise<void> {
	throwIfAborted(signal, facts);
	await host.sleep(ms, signal).catch((thrown: unknown) => {
		throwIfAborted(signal, facts);
		return Promise.reject(thrown);
	});
	throwIfAborted(signal, facts);
}
