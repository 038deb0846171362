import {
	endStatus,
	type JobState,
	type MediaKind,
	type OutputFile,
	type Progress,
	type ResultState,
} from '../../../core/index.js';
import type { MessageFacts } from '../node/message.cjs';
import type { Phase } from '../node/phase.cjs';

/** What there is to tell of one run. Plain data; moments are milliseconds since the epoch. */
export interface RunFacts {
	/** The run's name, unique over all runs and the same after a restart. */
	readonly job: string;
	readonly nodeId: string;
	readonly topic?: string;
	readonly deploymentId?: string;
	readonly requestId?: string;
	readonly phase: Phase | 'ended';
	/** As RunComfy last told it. */
	readonly state: 'not_submitted' | JobState | ResultState;
	readonly queuePosition?: number;
	/** When the message came here; after a restart, when the wait was taken up again. */
	readonly arrivedAt: number;
	readonly submittedAt?: number;
	/** When it was first seen in progress. Absent where it was so at the first look after a restart. */
	readonly startedAt?: number;
	/** Milliseconds that the deployment's runs usually take, once known. */
	readonly estimatedMs?: number;
	readonly endedAt?: number;
	/** `succeeded`, or the code of the error. */
	readonly outcome?: string;
	/** What happened and what helps, where it failed. */
	readonly reason?: string;
	/** A few words of what was asked for: the prompt, or the first input that was set. */
	readonly about?: string;
	/** The first files of the result. */
	readonly files?: readonly FileFacts[];
	readonly resumed?: true;
	/** Whether its files may be fetched from private addresses. */
	readonly allowPrivate?: boolean;
}

export interface FileFacts {
	filename: string;
	kind: MediaKind;
	url: string;
}

/** Changes; a fact that becomes undefined is dropped. */
export type FactChanges = { [Name in keyof RunFacts]?: RunFacts[Name] | undefined };

export interface FactsRecorder {
	read(): RunFacts;
	note(changes: FactChanges): void;
	/** RunComfy has accepted the request, just now. */
	noteSubmit(): void;
	/** What a status call told. */
	noteProgress(progress: Progress): void;
	/** What was put on the message. */
	noteMessage(facts: MessageFacts): void;
	/** The run has ended, and stays among the recent ones. */
	end(outcome: string, reason?: string): void;
}

/** Ended runs that are remembered. */
const RECENT = 50;

const FILES_KEPT = 4;
const TOPIC_LENGTH = 100;
const REASON_LENGTH = 500;

const recent: RunFacts[] = [];
const listeners = new Set<() => void>();

/** The runs that have ended last in this process, the latest first. */
export function recentRuns(): readonly RunFacts[] {
	return [...recent].reverse();
}

/**
 * Calls back after every change of any run's facts, which may be often.
 * @returns a function that takes it back
 */
export function onRunsChanged(listener: () => void): () => void {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

/** To be called when a run has begun or is no longer there. */
export function tellRunsChanged(): void {
	for (const listener of [...listeners]) {
		try {
			listener();
		} catch {
			// Whoever looks on must not change what becomes of a run.
		}
	}
}

/** Begins the record of a run. `now` is the clock of the run's host. */
export function recordFacts(
	{ topic, ...first }: Pick<RunFacts, 'job' | 'nodeId'> & { topic: unknown; resumed?: true },
	now: () => number,
): FactsRecorder {
	let facts: RunFacts = {
		...first,
		...(typeof topic === 'string' ? { topic: topic.slice(0, TOPIC_LENGTH) } : {}),
		phase: 'requesting',
		state: 'not_submitted',
		arrivedAt: now(),
	};
	let seenQueued = false;

	const note = (changes: FactChanges) => {
		const names = Object.keys(changes) as Array<keyof RunFacts>;
		if (facts.endedAt !== undefined || names.every((name) => facts[name] === changes[name])) return;
		change(changes);
		tellRunsChanged();
	};

	const change = (changes: FactChanges) => {
		const changed: Record<string, unknown> = { ...facts };
		for (const [name, value] of Object.entries(changes)) {
			if (value !== undefined) changed[name] = value;
			else if (name in changed) delete changed[name];
		}
		facts = changed as unknown as RunFacts;
	};

	return {
		read: () => facts,
		note,
		noteSubmit() {
			seenQueued = true;
			note({ submittedAt: now(), state: 'in_queue' });
		},
		noteProgress({ status, queue_position: queuePosition, running_ms: runningMs, expected_ms }) {
			seenQueued ||= runningMs === undefined;
			const began = runningMs === undefined || !seenQueued ? undefined : now() - runningMs;
			note({
				state: status,
				queuePosition,
				// Computed anew at every look, it would seem to move by what a call takes.
				startedAt: began === undefined ? undefined : (facts.startedAt ?? began),
				estimatedMs: expected_ms,
			});
		},
		noteMessage({ requestId, deploymentId, runcomfy }) {
			const files = firstFiles(runcomfy?.['files']);
			note({
				...(requestId === undefined ? {} : { requestId }),
				...(deploymentId === undefined ? {} : { deploymentId }),
				...(files === undefined ? {} : { files }),
			});
		},
		end(outcome, reason) {
			const state = outcome === 'succeeded' ? outcome : endStatus(outcome);
			change({
				...{ phase: 'ended', endedAt: now(), outcome, queuePosition: undefined },
				...(state === undefined ? {} : { state }),
				reason: reason?.slice(0, REASON_LENGTH),
			});
			recent.push(facts);
			if (recent.length > RECENT) recent.shift();
			tellRunsChanged();
		},
	};
}

function firstFiles(files: unknown): FileFacts[] | undefined {
	if (!Array.isArray(files) || files.length === 0) return undefined;
	return (files as OutputFile[])
		.slice(0, FILES_KEPT)
		.map(({ filename, kind, url }) => ({ filename, kind, url }));
}
