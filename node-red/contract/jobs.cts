import type { CancelState, State } from './states.cjs';

/** One run as the sidebar gets it. Plain data; moments are milliseconds since the epoch. */
export interface JobView {
	readonly job: string;
	readonly nodeId: string;
	readonly state: State;
	readonly deploymentId?: string;
	/** What it is called, if that is known. */
	readonly deploymentName?: string;
	readonly modelId?: string;
	readonly modelName?: string;
	/** US dollars that the run cost, if RunComfy said so. */
	readonly cost?: number;
	readonly requestId?: string;
	readonly queuePosition?: number;
	readonly arrivedAt: number;
	readonly startedAt?: number;
	/** Milliseconds that the deployment's runs usually take. */
	readonly estimatedMs?: number;
	readonly endedAt?: number;
	/** `succeeded`, or the code of the error. */
	readonly outcome?: string;
	/** Whether a newer message had taken its place. */
	readonly superseded?: true;
	readonly resumed?: true;
	readonly cancelable: boolean;
	/** If it was canceled and has not ended yet. */
	readonly cancel?: CancelState;
	/** What its first file is. */
	readonly kind?: 'image' | 'video' | 'audio' | 'model3d' | 'text' | 'other';
	/** Whether there is a picture to be had of it. */
	readonly thumbnail: boolean;
	/** Of its message, if it is a text. */
	readonly topic?: string;
	/** A few words of what was asked for: the prompt, or the first input that was set. */
	readonly about?: string;
	/** What happened and what helps, if it failed. */
	readonly reason?: string;
	/** Whether there are addresses of its result to be had. */
	readonly files: boolean;
	/** Whether it has ended and can be started again, with the same input. */
	readonly again: boolean;
}

/** The answer to `GET runcomfy/jobs/<job>/files`: whoever has an address can fetch the file. */
export interface JobFiles {
	readonly files: ReadonlyArray<{ readonly filename: string; readonly url: string }>;
}

/** The answer to `GET runcomfy/jobs`. */
export interface JobList {
	/** Milliseconds since the epoch, by the clock of the moments in `jobs`. */
	readonly now: number;
	/** What goes on, in order of arrival, then what has ended, the latest first. */
	readonly jobs: readonly JobView[];
	/** How many more there are that go on. */
	readonly more: number;
	/** Why runs would not outlive a restart of Node-RED; absent if they would. */
	readonly unprotected?: string;
}

/** The topic on which editors hear that the list has changed. Its data is `JobNotice`. */
export const NOTICE_TOPIC = 'runcomfy/jobs';

export interface JobNotice {
	/** How many changes there have been since Node-RED started. */
	readonly revision: number;
}
