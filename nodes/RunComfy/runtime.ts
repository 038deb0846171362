import type { ICredentialDataDecryptedObject, IRunExecutionData } from 'n8n-workflow';
import {
	type AccountCache,
	type CallbackCheck,
	type Host,
	type Observed,
	Recent,
} from '../../core';

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

export interface ReceivedCallbacks {
	check: CallbackCheck;
	/** Events whose executions n8n is about to store. */
	pending: Map<string, Pending>;
	/** The credential, cached briefly; `until` in milliseconds on the monotonic clock. */
	credential?: { data: Promise<ICredentialDataDecryptedObject>; until: number };
	refused: { count: number; loggedAt: number | undefined };
	/** Arrival times of events whose executions n8n has stored, in milliseconds since the epoch, oldest first. */
	times: Map<string, number>;
	/**
	 * The events in n8n's static data. All calls share one list, so that overlapping calls do not overwrite each
	 * other's events: whichever copy n8n writes last contains both.
	 */
	stored: string[];
}

export interface Pending {
	/** Milliseconds on the monotonic clock after which the event may be delivered again, whatever became of it. */
	until: number;
	/** Whether n8n has reported that it could not store the execution. */
	hasFailed(): boolean;
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
		/** Callbacks received, by trigger. */
		receivedCallbacks: new Recent<string, ReceivedCallbacks>(MOST_TRIGGERS),
	};
}
