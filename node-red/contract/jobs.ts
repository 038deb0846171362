import type { CancelState, State } from './states';

/** A run as users see it: in the sidebar, in its node's status, and in progress messages. Times are milliseconds since the epoch. */
export interface RunView {
	readonly job: string;
	readonly nodeId: string;
	readonly state: State;
	/** Id of the deployment or model. */
	readonly targetId?: string | undefined;
	/** For a model whose name is unknown, its id. Absent for a deployment whose name is unknown. */
	readonly targetName?: string | undefined;
	readonly requestId?: string | undefined;
	readonly queuePosition?: number | undefined;
	readonly arrivedAt: number;
	/** When RunComfy accepted the request. Absent if it was submitted elsewhere. */
	readonly submittedAt?: number | undefined;
	/** When the run started on the machine. Absent if it was already running when this process first checked. */
	readonly startedAt?: number | undefined;
	readonly endedAt?: number | undefined;
	/** `succeeded`, or an error code. */
	readonly outcome?: string | undefined;
	/** For a failed run: what went wrong, and what to do about it. */
	readonly reason?: string | undefined;
	/** Whether an earlier process began the run. */
	readonly resumed?: true | undefined;
	readonly cancelable: boolean;
	/** Present while a cancel is in progress. */
	readonly cancel?: CancelState | undefined;
	/** Cost of the run in US dollars, if RunComfy reported it. */
	readonly cost?: number | undefined;
	/** Kind of the first output file. */
	readonly kind?: 'image' | 'video' | 'audio' | 'model3d' | 'text' | 'other' | undefined;
	/** URL of the first output file, for users who may write: whoever has it can download the file. */
	readonly url?: string | undefined;
	/** The beginning of the first output text. */
	readonly text?: string | undefined;
	/** The message's topic, if it is a string. */
	readonly topic?: string | undefined;
	/** The beginning of the prompt, or of the first input that the node sets. */
	readonly about?: string | undefined;
}

/** Answer to `GET runcomfy/jobs`, and to `GET runcomfy/jobs/with-urls`. */
export interface JobList {
	/** The runtime's clock when it answered, so that the editor can compute ages from the timestamps in `jobs`. */
	readonly now: number;
	/** Runs in progress first, in order of arrival, then ended runs, latest first. */
	readonly jobs: readonly RunView[];
	/** Runs in progress that the list leaves out. */
	readonly more: number;
	/** Why new runs would be lost if Node-RED restarted now; absent if they are safe. */
	readonly unprotected?: string;
}

/** The topic that tells editors to reload the list; its payload is a `JobNotice`. */
export const NOTICE_TOPIC = 'runcomfy/jobs';

export interface JobNotice {
	/** Number of changes since Node-RED started. */
	readonly revision: number;
}
