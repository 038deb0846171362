import type { CancelState, State } from './states.cjs';

/** A run as the sidebar gets it. Moments are milliseconds since the epoch. */
export interface JobView {
	readonly job: string;
	readonly nodeId: string;
	readonly state: State;
	/** Absent for a deployment. */
	readonly service?: string | undefined;
	/** The id of its deployment or model. */
	readonly targetId?: string;
	/** Absent if it is not known. */
	readonly targetName?: string;
	/** What the run cost in US dollars, if RunComfy said so. */
	readonly cost?: number;
	readonly requestId?: string;
	readonly queuePosition?: number;
	readonly arrivedAt: number;
	readonly startedAt?: number;
	/** How long runs of the deployment usually take, in milliseconds. */
	readonly estimatedMs?: number;
	readonly endedAt?: number;
	/** `succeeded`, or the code of the error. */
	readonly outcome?: string;
	readonly resumed?: true;
	readonly cancelable: boolean;
	/** Present while it is being canceled. */
	readonly cancel?: CancelState;
	/** Whether it waits until the journal can be written. */
	readonly waitsForDisk?: true;
	/** The kind of its first file. */
	readonly kind?: 'image' | 'video' | 'audio' | 'model3d' | 'text' | 'other';
	/** Whether the sidebar can show a picture of its result. */
	readonly thumbnail: boolean;
	/** The topic of its message, if that is a text. */
	readonly topic?: string;
	/** The beginning of the prompt, or of the first input that was set. */
	readonly about?: string;
	/** Says what happened and what helps, if it failed. */
	readonly reason?: string;
	/** The beginning of the first text of its result. */
	readonly text?: string;
	/** Whether `GET runcomfy/jobs/<job>/files` has addresses of its result. */
	readonly files: boolean;
	/** Whether it has ended and can be started again with its input. */
	readonly again: boolean;
}

/** The answer to `GET runcomfy/jobs/<job>/files`: whoever has an address can fetch the file. */
export interface JobFiles {
	readonly files: ReadonlyArray<{ readonly filename: string; readonly url: string }>;
}

/** The answer to `GET runcomfy/jobs`. */
export interface JobList {
	/** The time of the answer, by the clock of the moments in `jobs`. */
	readonly now: number;
	/** First the runs in progress, in order of arrival, then those that have ended, the latest first. */
	readonly jobs: readonly JobView[];
	/** How many more runs are in progress. */
	readonly more: number;
	/** Says why a restart of Node-RED would lose runs that come now; absent if it would not. */
	readonly unprotected?: string;
}

/** The topic on which editors hear that the list has changed. Its data is `JobNotice`. */
export const NOTICE_TOPIC = 'runcomfy/jobs';

export interface JobNotice {
	/** How many changes there have been since Node-RED started. */
	readonly revision: number;
}
