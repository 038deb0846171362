import type { ICredentialDataDecryptedObject, IRunExecutionData } from 'n8n-workflow';
import {
	type AccountCache,
	type CallbackCheck,
	type Host,
	type Observed,
	Recent,
} from '../../core';

/** What outlives the run of a node: calls, and reads of what n8n has stored of an execution. */
export interface Outside {
	host: Host;
	/** Undefined if n8n has no such execution. */
	read(executionId: string): Promise<IRunExecutionData | undefined>;
}

export interface SharedOutside {
	/** The function of the latest execution. */
	current: Outside;
	users: number;
}

export interface RunningWatcher {
	/** Ends it. */
	readonly over: AbortController;
	/** Whether it has n8n go on with the execution. */
	readonly wakes: boolean;
	/** What the watcher has seen, by request id. */
	readonly seen: Map<string, Observed>;
}

export interface ReceivedCallbacks {
	check: CallbackCheck;
	/** Events whose executions n8n is about to store. */
	pending: Map<string, Pending>;
	/** What was read a moment ago; `until` in milliseconds on the monotonic clock. */
	credential?: { data: Promise<ICredentialDataDecryptedObject>; until: number };
	refused: { count: number; loggedAt: number | undefined };
	/** When each event came whose execution n8n has stored, in milliseconds since the epoch; the oldest first. */
	times: Map<string, number>;
	/**
	 * What n8n stores of them. It is one list for all calls, so that two calls that overlap do not
	 * overwrite each other's events: whichever n8n writes last has both.
	 */
	stored: string[];
}

export interface Pending {
	/** Milliseconds on the monotonic clock after which the event may come again, whatever happened to it. */
	until: number;
	/** Whether n8n has answered that it could not store the execution. */
	hasFailed(): boolean;
}

/** Triggers that a process remembers: an instance may have many. */
const MOST_TRIGGERS = 200;

/** How many accounts keep their workflows and models: an instance may serve many. */
const MOST_ACCOUNTS = 20;

/** What the nodes of this process remember from one execution to the next. n8n forgets it when it restarts. */
export const runtime = createRuntime();

/** Forgets everything, as a restart of n8n does. Parked executions are no longer watched. @public for tests */
export function restartRuntime(): void {
	for (const { over } of runtime.watchers.values()) over.abort();
	Object.assign(runtime, createRuntime());
}

function createRuntime() {
	return {
		/** What was read of an account, by account. */
		caches: new Recent<string, AccountCache>(MOST_ACCOUNTS),
		/** Credentials as they were read last, by id and address: see `Tokens`. */
		tokens: new Recent<string, Map<string, ICredentialDataDecryptedObject>>(MOST_ACCOUNTS),
		/** What watchers share, by account. */
		outsides: new Map<string, SharedOutside>(),
		/**
		 * Origins under which n8n has answered, and those that redirect the call that wakes an execution. They stay as
		 * they are while n8n runs.
		 */
		answering: new Map<string, boolean>(),
		/** The runs of ledgers in which a try is under way. Not stored with them: a crash would leave it there. */
		runsInUse: new WeakSet<object>(),
		/** Settles when the list of what a node has seen before is written: see `seenListOf`. */
		listWrites: Promise.resolve() as Promise<unknown>,
		/** The watchers of parked executions, by execution, node and run. */
		watchers: new Map<string, RunningWatcher>(),
		wakes: {
			/** How many wake-ups n8n works on. */
			busy: 0,
			waiting: [] as Array<() => void>,
			/** Milliseconds of rest before the next wake-up. */
			restMs: 0,
			/** Milliseconds that n8n took for the newest wake-up. */
			tookMs: 0,
		},
		/** The callbacks that triggers have received, by trigger. */
		receivedCallbacks: new Recent<string, ReceivedCallbacks>(MOST_TRIGGERS),
	};
}
