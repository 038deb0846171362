import type { Host } from '../../../core';

/** A host that several watchers share: the last one that was given in. */
interface Shared {
	current: Host;
	users: number;
}

const shared = new Map<string, Shared>();

/**
 * One host for all that outlives the run of a node: each host of its own would hold its execution,
 * with all of its items, in memory. With this one, there is one such execution for each account.
 * @param account tells those apart that must not share one, such as two credentials
 */
export function shareHost(account: string, host: Host): { host: Host; release: () => void } {
	const entry = shared.get(account) ?? { current: host, users: 0 };
	shared.set(account, entry);
	entry.current = host;
	entry.users += 1;
	return {
		host: delegate(entry),
		release() {
			entry.users -= 1;
			if (entry.users === 0) shared.delete(account);
		},
	};
}

function delegate(entry: Shared): Host {
	return {
		request: (request) => entry.current.request(request),
		sleep: (ms, signal) => entry.current.sleep(ms, signal),
		now: () => entry.current.now(),
		monotonic: () => entry.current.monotonic(),
		toBase64: (bytes) => entry.current.toBase64(bytes),
		redact: (text) => entry.current.redact?.(text) ?? text,
	};
}
