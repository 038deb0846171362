import type { createCallbackCheck, Host } from '../../core';

/** What the nodes remember from one execution to the next. n8n forgets it when it restarts. */
export interface Runtime {
	/** The hosts that watchers share, by account. */
	sharedHosts: Map<string, SharedHost>;
	/** The callbacks that triggers have received, by trigger. */
	receivedCallbacks: Map<string, ReceivedCallbacks>;
}

export interface SharedHost {
	/** The host of the execution that came last. */
	current: Host;
	users: number;
}

export interface ReceivedCallbacks {
	check: ReturnType<typeof createCallbackCheck>;
	/** When each event came, in milliseconds since the epoch; the oldest first. */
	times: Map<string, number>;
	/**
	 * The same as n8n stores it. It is one list for all calls, so that two calls that overlap do not
	 * overwrite each other's events: whichever n8n writes last has both.
	 */
	stored: string[];
}

/** The runtime of this process. */
export const runtime: Runtime = createRuntime();

/** Forgets everything, as a restart of n8n does. @public for tests */
export function restartRuntime(): void {
	Object.assign(runtime, createRuntime());
}

function createRuntime(): Runtime {
	return {
		sharedHosts: new Map(),
		receivedCallbacks: new Map(),
	};
}
