import { compact } from '../json/objects';
import type { Receipt } from './receipt';
import type { ResultAnswer } from './result';

/** The result of a run that succeeded, and how long it took. */
export interface TimedResult extends ResultAnswer {
	status: 'succeeded';
	timings: Timings;
}

interface Timings {
	/** When the request was submitted: ISO 8601, by this machine's clock. Absent if it was submitted elsewhere. */
	submitted_at?: string;
	/** When a status call first saw the run in progress. Absent if none did, or if it was submitted elsewhere. */
	started_at?: string;
	/** From the acceptance to `started_at`. */
	queued_ms?: number;
	/** From `started_at` to the end, by RunComfy's clock if it gives the whole time. */
	run_ms?: number;
	/** From the submit to the result, by this machine's clock. */
	total_ms: number;
	status_calls: number;
}

/** @param times when the submit was sent, in milliseconds since the epoch, and the time from then to the result */
export function timedResult(
	result: ResultAnswer,
	{ state, at: acceptedAt, notes, seen }: Receipt,
	{ submittedAt, totalMs }: { submittedAt: number; totalMs: number },
): TimedResult {
	const warnings = result.warnings?.filter((one) => !notes?.warnings.includes(one)) ?? [];
	const isOwn = state !== 'attached';
	const startedAt = isOwn ? seen?.runningAt : undefined;
	const queuedMs = startedAt === undefined ? undefined : startedAt - acceptedAt;
	return {
		...compact({ ...result, warnings: warnings.length > 0 ? warnings : undefined }),
		status: 'succeeded',
		timings: {
			...compact({
				submitted_at: isOwn ? isoTime(submittedAt) : undefined,
				started_at: startedAt === undefined ? undefined : isoTime(startedAt),
				queued_ms: queuedMs,
				run_ms: queuedMs === undefined ? undefined : wholeMs(result, totalMs) - queuedMs,
			}),
			total_ms: Math.round(totalMs),
			status_calls: seen?.polls ?? 0,
		},
	};
}

/** RunComfy gives no start of a run, but the time from the submit to the end. */
function wholeMs({ created_at = '', finished_at = '' }: ResultAnswer, totalMs: number): number {
	const ms = Date.parse(finished_at) - Date.parse(created_at);
	return Math.round(Number.isNaN(ms) ? totalMs : ms);
}

function isoTime(epochMs: number): string {
	return new Date(epochMs).toISOString();
}
