/** Where one message's work stands, as the status shows it. */
export type Phase = 'waiting' | 'requesting' | 'inQueue' | 'running' | 'fetching';

/** What is known of a phase. */
export interface PhaseDetail {
	/** As RunComfy counts. */
	queuePosition?: number | undefined;
	/** Milliseconds since the epoch, by this process's clock. */
	runningSince?: number | undefined;
	/** Milliseconds that such runs usually take. */
	estimatedMs?: number | undefined;
}
