// Random sequences of faults, on requests of all three kinds: only one run is paid for, and none is lost.
import { describe, expect, it } from '@jest/globals';
import {
	type PursuitOptions,
	requestIn,
	requestOutcome,
	type RequestRef,
	type SubmitInput,
} from '../../core/index';
import { errorPage, rateLimited } from '../support/answers.mts';
import { attach, run } from '../support/pursued.mts';
import fc, { FAULT, type Fault } from '../support/random.mts';
import { endOf, KINDS, type Rig, start } from './rig.mts';

/** Faults that need a real socket, or that are tested only with the core. */
const MORE: fc.Arbitrary<Fault> = fc.constantFrom<Fault>(
	...[{ name: 'stall' as const, on: 'submit' as const, accepted: true }],
	...[{ name: 'stall' as const, on: 'status' as const }],
	...[rateLimited({ on: 'submit' as const, retryAfter: 3 })],
	...[errorPage({ on: 'submit' as const, status: 503, retryAfter: 2 })],
	...[{ name: 'error_after_accept' as const, status: 500, code: 500001 }],
	...[{ name: 'utf8_bom' as const, times: 9 }],
	{ name: 'missing_url' as const },
);

const SEQUENCE = fc.record({
	faults: fc.array(fc.oneof({ weight: 3, arbitrary: FAULT }, MORE), { maxLength: 5 }),
	timeoutMs: fc.constantFrom(0, 0, 10_000),
	cancelOnTimeout: fc.boolean(),
});
type Sequence = typeof SEQUENCE extends fc.Arbitrary<infer One> ? One : never;

async function play(
	input: (rig: Rig) => SubmitInput,
	{ faults, timeoutMs, cancelOnTimeout }: Sequence,
): Promise<void> {
	const rig = await start({ latencyMs: 20_000, queueMs: 2_000 });
	for (const fault of faults) rig.sim.inject(fault);
	let accepted: RequestRef | undefined;
	const options: Partial<PursuitOptions> = {
		timeoutMs,
		cancels: () => cancelOnTimeout,
		keep: ({ ids }) => void (accepted = requestIn(ids)),
	};
	const { result, error } = await endOf(run(rig.client, input(rig), options));
	const jobs = [...rig.sim.jobs.values()];
	expect(jobs.length).toBeLessThanOrEqual(1);

	const [job] = jobs;
	if (result) expect(result.request_id).toBe(job?.requestId);
	const fate = error && requestOutcome(error).request;
	// No error may claim that a paid request never started.
	if (job && fate) expect(fate).not.toBe('never_started');
	if (!job && fate) expect(['never_started', 'unknown']).toContain(fate);
	// The id still allows fetching the result.
	if (accepted) expect(accepted.requestId).toBe(job?.requestId);
	if (fate !== 'goes_on') return;
	rig.sim.clearFaults();
	const ref = { ...accepted!, requestId: String(error?.requestId) };
	const again = await endOf(attach(rig.client, ref));
	const { outcome, state } = rig.sim.jobs.get(ref.requestId)!;
	if (outcome.kind === 'succeeded' && state === 'succeeded') {
		expect(again.error).toBeUndefined();
	} else expect(again.error?.code).toMatch(/^run_(failed|canceled)$/);
	expect(rig.sim.jobs.size).toBe(1);
}

describe('random sequences of faults', () => {
	it.each(KINDS)(
		'on a request of %s (P12)',
		(_kind, input) =>
			fc.assert(
				fc.asyncProperty(SEQUENCE, (sequence) => play(input, sequence)),
				{ numRuns: 60 },
			),
		120_000,
	);
});
