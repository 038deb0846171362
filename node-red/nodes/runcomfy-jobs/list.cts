import { fileTypeOf } from '../../../core/index.js';
import type { JobFiles, JobList, JobView } from '../../contract/jobs.cjs';
import { unprotectedBecause } from '../../runtime/journal/protection.cjs';
import { canRerun } from '../../runtime/runs/node.cjs';
import {
	isCancelable,
	isCancelAccepted,
	type RecordedFile,
	type RunRecord,
} from '../../runtime/runs/record.cjs';
import { allRecords, goingRuns } from '../../runtime/runs/run.cjs';
import { isPicture, type Picture } from './pictures.cjs';

/** Runs that go on beyond which a list only counts: nobody reads on, and every change sends it. */
const MAX_GOING = 150;

export function listJobs(now = Date.now()): JobList {
	const records = allRecords();
	const going = records.filter(({ endedAt }) => endedAt === undefined).length;
	// Before there is a view of each: thousands may wait.
	const shown = [...records.slice(0, Math.min(going, MAX_GOING)), ...records.slice(going)];
	const unprotected = unprotectedBecause();
	return {
		now,
		jobs: shown.map(viewOf),
		more: Math.max(0, going - MAX_GOING),
		...(unprotected === undefined ? {} : { unprotected }),
	};
}

/** Field by field: the addresses of files are not for every reader. */
function viewOf(record: RunRecord): JobView {
	const { job, nodeId, state, arrivedAt, files = [] } = record;
	const going = record.endedAt === undefined;
	const canceling = going && record.canceledBy !== undefined;
	return {
		...{ job, nodeId, state, arrivedAt },
		...present(record, ['deploymentId', 'requestId', 'queuePosition', 'startedAt']),
		...present(record, ['estimatedMs', 'endedAt', 'outcome', 'resumed', 'cost']),
		...present(record, ['topic', 'about', 'reason', 'deploymentName', 'modelId', 'modelName']),
		cancelable: going && !canceling && isCancelable(record),
		canceling,
		...(isCancelAccepted(record) ? { cancelAccepted: true } : {}),
		...(files[0] === undefined ? {} : { kind: files[0].kind }),
		thumbnail: pictureOf(record) !== undefined,
		files: files.length > 0,
		again: !going && canRerun(job),
	};
}

function present<Name extends keyof RunRecord>(
	record: RunRecord,
	names: readonly Name[],
): Pick<RunRecord, Name> {
	const there = names.filter((name) => record[name] !== undefined);
	return Object.fromEntries(there.map((name) => [name, record[name]])) as Pick<RunRecord, Name>;
}

/** The file of a run that can be shown as its picture. */
function pictureOf({ files = [] }: RunRecord): RecordedFile | undefined {
	return files.find(({ filename }) => isPicture(fileTypeOf(filename).mimeType));
}

/** The addresses of a known run's first files. */
export function filesOf(job: string): JobFiles {
	const { files = [] } = allRecords().find((one) => one.job === job) ?? {};
	return { files: files.map(({ filename, url }) => ({ filename, url })) };
}

/** The address of a known run's picture. */
export function findPicture(job: string): Picture | undefined {
	const record = allRecords().find((one) => one.job === job);
	const url = record && pictureOf(record)?.url;
	return url === undefined ? undefined : { url, publicOnly: record?.allowPrivate !== true };
}

export function isGoing(job: string): boolean {
	return goingRuns().some(({ record }) => record.job === job && record.endedAt === undefined);
}

/** Cancels a run. @returns whether it can be, and is there at all */
export function cancelJob(job: string): 'canceling' | 'over' | 'unknown' {
	const run = goingRuns().find(({ id }) => id === job);
	if (!run) return allRecords().some((record) => record.job === job) ? 'over' : 'unknown';
	if (!isCancelable(run.record)) return 'over';
	run.cancel('flow');
	return 'canceling';
}
