import type { Host } from '../../../core';
import { runtime, type SharedHost } from '../runtime';

/**
 * One host for everything that outlives an execution. A host keeps its execution, with all of its
 * items, in memory; sharing one keeps a single execution for each account.
 * @param account what must not share a host has different ones, such as two credentials
 */
export function shareHost(account: string, host: Host): { host: Host; release: () => void } {
	const { sharedHosts } = runtime;
	const shared = sharedHosts.get(account) ?? { current: host, users: 0 };
	sharedHosts.set(account, shared);
	shared.current = host;
	shared.users += 1;
	return {
		host: delegate(shared),
		release() {
			shared.users -= 1;
			if (shared.users === 0) sharedHosts.delete(account);
		},
	};
}

function delegate(shared: SharedHost): Host {
	return {
		request: (request) => shared.current.request(request),
		sleep: (ms, signal) => shared.current.sleep(ms, signal),
		now: () => shared.current.now(),
		monotonic: () => shared.current.monotonic(),
		toBase64: (bytes) => shared.current.toBase64(bytes),
		redact: (text) => shared.current.redact?.(text) ?? text,
	};
}
