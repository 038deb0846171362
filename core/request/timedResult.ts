import { compact } from '../json/objects';
import type { Notes } from './receipt';
import type { ResultAnswer } from './result';
import type { Watched } from './watch';

/** The result of a run that succeeded, and how long it took. */
export interface TimedResult extends ResultAnswer {
	status: 'succeeded';
	timings: Timings;
}

interface Timings {
	/** When the request was submitted: ISO 8601, by this machine's clock. Absent if unknown when the wait began. */
	submitted_at?: string;
	/** From the submit to the start of the run, as observed by status calls. Absent if either time is too uncertain. */
	queued_ms?: number;
	/** Time on the machine, by RunComfy's clock. Absent if RunComfy gives no times, or the start was not observed. */
	run_ms?: number;
	/** From the submit to the result, by this machine's clock. */
	total_ms: number;
	status_calls: number;
}

/**
 * @param notes warnings in these notes are not repeated in the result
 * @param submittedAt milliseconds since the epoch, if known
 */
export function timedResult(
	result: ResultAnswer,
	{ queuedMs, runMs, statusCalls }: Watched,
	notes: Notes | undefined,
	{ submittedAt, totalMs }: { submittedAt: number | undefined; totalMs: number },
): TimedResult {
	const warnings = result.warnings?.filter((one) => !notes?.warnings.includes(one)) ?? [];
	return {
		...compact({ ...result, warnings: warnings.length > 0 ? warnings : undefined }),
		status: 'succeeded',
		timings: {
			...compact({
				submitted_at: submittedAt === undefined ? undefined : new Date(submittedAt).toISOString(),
				queued_ms: rounded(queuedMs),
				run_ms: rounded(runMs),
			}),
			total_ms: Math.round(totalMs),
			status_calls: statusCalls,
		},
	};
}

function rounded(ms: number | undefined): number | undefined {
	return ms === undefined ? undefined : Math.round(ms);
}
