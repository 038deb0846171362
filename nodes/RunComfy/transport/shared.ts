import type { Host } from '../../../core';
import { type Outside, runtime, type SharedOutside } from '../runtime';

/**
 * One way to the outside for all that outlives the run of a node: each of its own would hold its
 * execution, with all of its items, in memory. With this one, there is one such execution for each account.
 * @param account tells those apart that must not share one, such as two credentials
 */
export function shareOutside(
	account: string,
	outside: Outside,
): { outside: Outside; release: () => void } {
	const { outsides } = runtime;
	const entry = outsides.get(account) ?? { current: outside, users: 0 };
	outsides.set(account, entry);
	entry.current = outside;
	entry.users += 1;
	return {
		outside: { host: delegate(entry), read: (executionId) => entry.current.read(executionId) },
		release() {
			entry.users -= 1;
			if (entry.users === 0) outsides.delete(account);
		},
	};
}

function delegate(entry: SharedOutside): Host {
	const host = () => entry.current.host;
	return {
		request: (request) => host().request(request),
		sleep: (ms, signal) => host().sleep(ms, signal),
		now: () => host().now(),
		monotonic: () => host().monotonic(),
		toBase64: (bytes) => host().toBase64(bytes),
		redact: (text) => host().redact?.(text) ?? text,
	};
}
