import type { IRunExecutionData } from 'n8n-workflow';
import { type AccountCache, type Host, type Observed, Recent } from '../../core';

/** Calls and database reads that outlive a node's run. */
export interface Outside {
	host: Host;
	/** Undefined if n8n has no such execution. */
	read(executionId: string): Promise<IRunExecutionData | undefined>;
}

export interface SharedOutside {
	/** The functions of the latest execution. */
	current: Outside;
	users: number;
}

export interface RunningWatcher {
	/** Stops the watcher when aborted. */
	readonly over: AbortController;
	/** Each request's progress as seen by the watcher, by request id. */
	readonly seen: Map<string, Observed>;
}

/** Triggers that a process remembers; an instance may have many. */
const MOST_TRIGGERS = 200;

/** Accounts whose workflows and models are cached; an instance may serve many. */
const MOST_ACCOUNTS = 20;

/** State that this process keeps between executions. It is lost when n8n restarts. */
export const runtime = createState();

/** Discards all state, as a restart of n8n does; parked executions are no longer watched. @public for tests */
export function restartRuntime(): void {
	for (const { over } of runtime.watchers.values()) over.abort();
	Object.assign(runtime, createState());
}

function createState() {
	return {
		/** Data read from RunComfy, by account. */
		caches: new Recent<string, AccountCache>(MOST_ACCOUNTS),
		/** State shared by watchers, by account. */
		outsides: new Map<string, SharedOutside>(),
		/**
		 * Origins that n8n has answered on, and origins that redirect the call that wakes an execution. Valid until n8n
		 * restarts.
		 */
		answering: new Map<string, boolean>(),
		/** Ledger runs with a try in progress. Not stored with them, because a crash would leave the mark there. */
		runsInUse: new WeakSet<object>(),
		/** Resolves after the last write of n8n's list of seen ids: see `seenListOf`. */
		listWrites: Promise.resolve() as Promise<unknown>,
		/** Watchers of parked executions, by execution, node and run. */
		watchers: new Map<string, RunningWatcher>(),
		wakes: {
			/** Number of wake-ups that n8n is working on. */
			busy: 0,
			waiting: [] as Array<() => void>,
			/** Milliseconds of rest before the next wake-up. */
			restMs: 0,
			/** Milliseconds that n8n took for the latest wake-up. */
			tookMs: 0,
		},
		/** Requests that have started a workflow, by trigger. */
		started: new Recent<string, string[]>(MOST_TRIGGERS),
	};
}
