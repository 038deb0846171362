import { targetId } from '../../../core';
import type { JobList, JobView } from '../../contract/jobs';
import { unprotectedBecause } from '../../runtime/journal/journal';
import type { RunRecord } from '../../runtime/runs/record';
import { cancelRuns, endedRuns, goingRuns, type Run } from '../../runtime/runs/run';

/** Runs in progress that a list includes; more are only counted, because every change sends the list again. */
const MAX_GOING = 150;

/** @param withUrls whether the reader may download results */
export function listJobs(withUrls: boolean): JobList {
	const going = goingRuns();
	// Thousands of runs may wait: building the list must not iterate over all of them.
	const jobs: JobView[] = [];
	for (const run of going.values()) {
		if (jobs.length === MAX_GOING) break;
		jobs.push(viewOf(run.record, withUrls, run));
	}
	const unprotected = unprotectedBecause();
	return {
		now: Date.now(),
		more: going.size - jobs.length,
		jobs: [...jobs, ...endedRuns().map((record) => viewOf(record, withUrls))],
		...(unprotected === undefined ? {} : { unprotected }),
	};
}

/** Copies the fields one by one, because not every reader may see the URLs of files. */
function viewOf(record: RunRecord, withUrls: boolean, run?: Run): JobView {
	const { job, nodeId, state, arrivedAt } = record;
	const target = targetId(record);
	const { targetName = record.modelId } = record;
	const cancel = run?.cancelState;
	return {
		job,
		nodeId,
		state,
		arrivedAt,
		...present(record, ['requestId', 'queuePosition', 'startedAt']),
		...present(record, ['endedAt', 'outcome', 'resumed', 'cost', 'waitsForDisk']),
		...present(record, ['topic', 'about', 'reason', 'text', 'kind']),
		...present(record, withUrls ? ['url'] : []),
		...(target === undefined ? {} : { targetId: target }),
		...(targetName === undefined ? {} : { targetName }),
		cancelable: run?.isCancelable === true && cancel === undefined,
		...(cancel === undefined ? {} : { cancel }),
	};
}

function present<Name extends keyof RunRecord>(
	record: RunRecord,
	names: readonly Name[],
): Pick<RunRecord, Name> {
	const there = names.filter((name) => record[name] !== undefined);
	return Object.fromEntries(there.map((name) => [name, record[name]])) as Pick<RunRecord, Name>;
}

/** Cancels a job. Resolves once a restart will not submit it. */
export async function cancelJob(job: string): Promise<'canceling' | 'over'> {
	const run = goingRuns().get(job);
	if (!run?.isCancelable) return 'over';
	await cancelRuns([run], { by: 'flow' });
	return 'canceling';
}
