import { fileTypeOf } from '../../../core/index.js';
import type { JobFiles, JobList, JobView } from '../../contract/jobs.cjs';
import { unprotectedBecause } from '../../runtime/journal/protection.cjs';
import { canRunAgain } from '../../runtime/runs/again.cjs';
import type { FileFacts, RunFacts } from '../../runtime/runs/runFacts.cjs';
import { allRunFacts, type Run, runs } from '../../runtime/runs/runs.cjs';
import { isCancelable } from '../../runtime/runs/state.cjs';
import { isPicture, type Picture } from './pictures.cjs';

/** Runs that go on beyond which a list only counts: nobody reads on, and every change sends it. */
const MAX_GOING = 150;

export function listJobs(now = Date.now()): JobList {
	const byId = new Map(runs.all().map((run) => [run.id, run]));
	const views = allRunFacts().map((facts) => viewOf(facts, byId.get(facts.job)));
	const unprotected = unprotectedBecause();
	const going = views.filter(({ endedAt }) => endedAt === undefined);
	return {
		now,
		jobs: [...going.slice(0, MAX_GOING), ...views.slice(going.length)],
		more: Math.max(0, going.length - MAX_GOING),
		...(unprotected === undefined ? {} : { unprotected }),
	};
}

/** Field by field: the addresses of files are not for every reader. */
function viewOf(facts: RunFacts, run: Run | undefined): JobView {
	const { job, nodeId, phase, arrivedAt, files = [] } = facts;
	const going = run !== undefined && facts.endedAt === undefined;
	const canceling = going && run.state.canceledBy !== undefined;
	return {
		...{ job, nodeId, phase, arrivedAt },
		...present(facts, ['deploymentId', 'requestId', 'queuePosition', 'startedAt']),
		...present(facts, ['estimatedMs', 'endedAt', 'outcome', 'resumed']),
		...present(facts, ['topic', 'about', 'reason']),
		cancelable: going && !canceling && isCancelable(run.state),
		canceling,
		...(files[0] === undefined ? {} : { kind: files[0].kind }),
		thumbnail: pictureOf(facts) !== undefined,
		files: files.length > 0,
		again: facts.endedAt !== undefined && canRunAgain(job),
	};
}

function present<Name extends keyof RunFacts>(
	facts: RunFacts,
	names: readonly Name[],
): Pick<RunFacts, Name> {
	const there = names.filter((name) => facts[name] !== undefined);
	return Object.fromEntries(there.map((name) => [name, facts[name]])) as Pick<RunFacts, Name>;
}

/** The file of a run that can be shown as its picture. */
function pictureOf({ files = [] }: RunFacts): FileFacts | undefined {
	return files.find(({ filename }) => isPicture(fileTypeOf(filename).mimeType));
}

/** The addresses of a known run's first files. */
export function filesOf(job: string): JobFiles {
	const { files = [] } = allRunFacts().find((one) => one.job === job) ?? {};
	return { files: files.map(({ filename, url }) => ({ filename, url })) };
}

/** The address of a known run's picture. */
export function findPicture(job: string): Picture | undefined {
	const facts = allRunFacts().find((one) => one.job === job);
	const url = facts && pictureOf(facts)?.url;
	return url === undefined ? undefined : { url, publicOnly: facts?.allowPrivate !== true };
}

/** Cancels a run. @returns whether it can be, and is there at all */
export function cancelJob(job: string): 'canceling' | 'over' | 'unknown' {
	const run = runs.all().find(({ id }) => id === job);
	if (!run) return allRunFacts().some((facts) => facts.job === job) ? 'over' : 'unknown';
	if (!isCancelable(run.state)) return 'over';
	run.cancel('flow');
	return 'canceling';
}
