import { type Progress, watch } from '../../../core/index';
import { type WatchOptions } from '../../../core/parsers';
import { EPOCH } from '../../support/virtualClock.mts';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

/** A watch of a fake job that was submitted at `EPOCH`, on the virtual clock. */
export function watching(job: FakeJobOptions, options: WatchOptions = {}) {
	const { client, host } = clientOf(fakeJob(job).script);
	const progress: Progress[] = [];
	const watched = watch(client, REF, {
		submittedAt: EPOCH,
		onProgress: (one) => progress.push(one),
		...options,
	});
	/** Milliseconds since the submit. */
	const callsAt = (leaf: string) => host.callsOf(leaf).map(({ at }) => Math.round(at - EPOCH));
	return { watched, host, progress, callsAt, tookMs: () => host.now() - EPOCH };
}
