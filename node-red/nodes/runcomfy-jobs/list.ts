import { targetId } from '../../../core';
import type { JobFiles, JobList, JobView } from '../../contract/jobs';
import { unprotectedBecause } from '../../runtime/journal/journal';
import { type RecordedFile, type RunRecord } from '../../runtime/runs/record';
import { cancelRuns, endedRuns, goingRuns, recordOf, type Run } from '../../runtime/runs/run';
import { isPicture, type Picture } from './pictures';

/** Runs in progress that a list includes; more are only counted, because every change sends the list again. */
const MAX_GOING = 150;

export function listJobs(now = Date.now()): JobList {
	const going = goingRuns();
	// Thousands of runs may wait: building the list must not iterate over all of them.
	const jobs: JobView[] = [];
	for (const run of going.values()) {
		if (jobs.length === MAX_GOING) break;
		jobs.push(viewOf(run.record, run));
	}
	const unprotected = unprotectedBecause();
	return {
		now,
		more: going.size - jobs.length,
		jobs: [...jobs, ...endedRuns().map((record) => viewOf(record))],
		...(unprotected === undefined ? {} : { unprotected }),
	};
}

/** Copies the fields one by one, because not every reader may see the URLs of files. */
function viewOf(record: RunRecord, run?: Run): JobView {
	const { job, nodeId, state, arrivedAt, files = [] } = record;
	const target = targetId(record);
	const cancel = run?.cancelState;
	return {
		job,
		nodeId,
		state,
		arrivedAt,
		...present(record, ['requestId', 'queuePosition', 'startedAt', 'targetName']),
		...present(record, ['endedAt', 'outcome', 'resumed', 'cost', 'waitsForDisk']),
		...present(record, ['topic', 'about', 'reason', 'text', 'service']),
		...(target === undefined ? {} : { targetId: target }),
		cancelable: run?.isCancelable === true && cancel === undefined,
		...(cancel === undefined ? {} : { cancel }),
		...(files[0] === undefined ? {} : { kind: files[0].kind }),
		thumbnail: pictureOf(record) !== undefined,
		files: files.length > 0,
	};
}

function present<Name extends keyof RunRecord>(
	record: RunRecord,
	names: readonly Name[],
): Pick<RunRecord, Name> {
	const there = names.filter((name) => record[name] !== undefined);
	return Object.fromEntries(there.map((name) => [name, record[name]])) as Pick<RunRecord, Name>;
}

function pictureOf({ files = [] }: RunRecord): RecordedFile | undefined {
	return files.find(({ mime_type }) => isPicture(mime_type));
}

export function filesOf(job: string): JobFiles {
	const { files = [] } = recordOf(job) ?? {};
	return { files: files.map(({ filename, url }) => ({ filename, url })) };
}

export function findPicture(job: string): Picture | undefined {
	const record = recordOf(job);
	const url = record && pictureOf(record)?.url;
	return url === undefined ? undefined : { url, publicOnly: record?.allowPrivate !== true };
}

/** Cancels a job. Resolves once a restart will not submit it. */
export async function cancelJob(job: string): Promise<'canceling' | 'over' | 'unknown'> {
	const run = goingRuns().get(job);
	if (!run) return recordOf(job) ? 'over' : 'unknown';
	if (!run.isCancelable) return 'over';
	await cancelRuns([run], { by: 'flow' });
	return 'canceling';
}
