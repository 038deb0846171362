import { conceal } from '../../../core';
import type { JobList, RunView } from '../../contract/jobs';
import { allSecrets } from '../../runtime/account/account';
import { unprotectedBecause } from '../../runtime/journal/journal';
import { cancelRuns } from '../../runtime/runs/cancel';
import { endedRuns, runs } from '../../runtime/runs/run';

/** Runs in progress that a list includes; more are only counted, because every change sends the list again. */
const MAX_GOING = 150;

/** @param withUrls whether the reader may download results */
export function listJobs(withUrls: boolean): JobList {
	// What a submit node does is not shown, unless its flow will not hear of it.
	const going = [...runs().values()].filter(
		({ kind, state }) => kind !== 'submit' && state !== 'ended',
	);
	const shown = [...going.slice(0, MAX_GOING).map(({ view }) => view), ...endedRuns()];
	const unprotected = unprotectedBecause();
	return {
		now: Date.now(),
		more: Math.max(0, going.length - MAX_GOING),
		jobs: withoutSecrets(withUrls ? shown : shown.map(({ url: _url, ...view }) => view)),
		...(unprotected === undefined ? {} : { unprotected }),
	};
}

/** A prompt may hold a token. */
function withoutSecrets(views: readonly RunView[]): RunView[] {
	return JSON.parse(conceal(JSON.stringify(views), allSecrets())) as RunView[];
}

/** Cancels a job. */
export function cancelJob(job: string): 'canceling' | 'over' {
	const run = runs().get(job);
	if (!run || run.kind === 'submit' || !run.isCancelable) return 'over';
	void cancelRuns([run]);
	return 'canceling';
}
