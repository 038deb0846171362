import { createRunTimes, run, type RunTimes } from '../../../core/index';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

export interface Measured {
	statusCalls: number;
	/** Status, result and probes. */
	allCalls: number;
	/** Milliseconds between the end of the run and the run's promise. */
	lagMs: number;
	/** The lag as a share of the run. */
	share: number;
}

const SECOND = 1_000;

/** Runs a fake job on the virtual clock; `learnedS` are the seconds that earlier runs took. */
export async function measure(
	{ latencyMs = 50, ...job }: FakeJobOptions & { runMs: number; latencyMs?: number },
	learnedS: readonly number[] = [],
): Promise<Measured> {
	const fake = fakeJob({ queueMs: 1_500, ...job });
	const { client, host } = clientOf(fake.script, { latencyMs });
	const runTimes: RunTimes = createRunTimes();
	if (learnedS.length > 0)
		runTimes.set(
			REF.deploymentId,
			learnedS.map((s) => s * SECOND),
		);
	const result = await run(client, { deploymentId: REF.deploymentId }, { runTimes });
	const lagMs = host.now() - fake.endsAt();
	return {
		statusCalls: result.timings.status_calls,
		allCalls: host.callsOf('status').length + host.callsOf('result').length,
		lagMs,
		share: lagMs / job.runMs,
	};
}
