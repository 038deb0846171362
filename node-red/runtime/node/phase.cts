/** Where one message's work stands, as the status shows it. */
export type Phase = 'waiting' | 'requesting' | 'inQueue' | 'running' | 'fetching';

/** A phase by the name that flows see: RunComfy's own where it has one. */
export const STATE_OF_PHASE: Readonly<Record<Phase, string>> = {
	waiting: 'waiting',
	requesting: 'submitting',
	inQueue: 'in_queue',
	running: 'in_progress',
	fetching: 'fetching',
};

/** What is known of a phase. */
export interface PhaseDetail {
	requestId?: string | undefined;
	/** As RunComfy counts. */
	queuePosition?: number | undefined;
	/** Milliseconds since the epoch, by this process's clock. */
	runningSince?: number | undefined;
	/** Milliseconds that such runs usually take. */
	estimatedMs?: number | undefined;
}
