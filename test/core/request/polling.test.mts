import { describe, expect, it } from '@jest/globals';
import { createRunTimes, run, type RunTimes, watch, type WatchOptions } from '../../../core/index';
import { fakeJob, type FakeJobOptions, REF } from '../support/fakeJob.mts';
import { clientOf } from '../support/virtualHost.mts';

const SECOND = 1_000;
const MINUTES = 60_000;

interface Measured {
	statusCalls: number;
	/** Status, result and probes. */
	allCalls: number;
	/** Milliseconds between the end of the run and the run's promise. */
	lagMs: number;
	/** The lag as a share of the run. */
	share: number;
}

/** Runs a fake job on the virtual clock; `learnedS` are the seconds that earlier runs took. */
async function measure(
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

/** The worst of runs of about that length: the end falls anywhere between two calls. */
async function worst(
	runMs: number,
	learnedS: readonly number[] = [],
	queueMs = 1_500,
): Promise<Measured> {
	const measured = await Promise.all(
		[1, 1.005, 1.01, 1.015, 1.02, 1.03, 1.04, 1.05].map((factor) =>
			measure({ runMs: runMs * factor, queueMs }, learnedS),
		),
	);
	const highest = (key: keyof Measured) => Math.max(...measured.map((one) => one[key]));
	return {
		statusCalls: highest('statusCalls'),
		allCalls: highest('allCalls'),
		lagMs: highest('lagMs'),
		share: highest('share'),
	};
}

const QUEUES_MS = [0, 1_500, 5_000, 10_000, 12_000, 20_000, 30_000, 45_000, 60_000];

describe('a five-minute job', () => {
	it.each(QUEUES_MS)('queued for %i ms, first of its kind', async (queueMs) => {
		const { statusCalls, share } = await worst(5 * MINUTES, [], queueMs);
		expect(statusCalls).toBeLessThanOrEqual(54);
		expect(share).toBeLessThanOrEqual(0.05);
	});

	it.each(
		QUEUES_MS.flatMap((queueMs) => [
			[queueMs, [300]],
			[queueMs, [290, 305, 310, 295, 300]],
		]) as Array<[number, number[]]>,
	)('queued for %i ms, after runs of %j seconds', async (queueMs, learned) => {
		const { statusCalls, share } = await worst(5 * MINUTES, learned, queueMs);
		// After a long queue it is less well known when the run began.
		expect(statusCalls).toBeLessThanOrEqual(queueMs <= 12_000 ? 12 : 15);
		expect(share).toBeLessThanOrEqual(0.05);
	});

	it.each([
		[[], 17],
		[[300], 12],
	])('after a cold start of four minutes, known %j', async (learned, more) => {
		const cold = await worst(5 * MINUTES, learned, 4 * MINUTES);
		const warm = await worst(5 * MINUTES, learned);
		expect(cold.statusCalls - warm.statusCalls).toBeLessThanOrEqual(more);
		expect(cold.share).toBeLessThanOrEqual(0.05);
	});

	it('that fails at once after a long queue is noticed at once', async () => {
		const { lagMs } = await worst(5_000, [], 30 * MINUTES);
		expect(lagMs).toBeLessThanOrEqual(6_500);
	});

	it.each([
		[[], 60],
		[[300], 20],
	])('behind a frozen status ends soon, known %j', async (learned, percent) => {
		for (const queueMs of [0, 10_000, 60_000]) {
			const says = (state: string) => (state === 'completed' ? 'in_progress' : state);
			const { share } = await measure({ runMs: 5 * MINUTES, queueMs, says }, learned);
			expect(100 * share).toBeLessThanOrEqual(percent);
		}
	});

	it('that ends at once is noticed within seconds, though it was known to be long', async () => {
		const { lagMs } = await measure({ runMs: 2_000 }, [300]);
		expect(lagMs).toBeLessThanOrEqual(3_000);
	});
});

describe('a short run', () => {
	it.each([2, 5, 10])('of %i s, known: within a second', async (s) => {
		for (const queueMs of [0, 1_500, 4_000]) {
			expect((await worst(s * 1_000, [s], queueMs)).lagMs).toBeLessThanOrEqual(1_000);
		}
	});

	it.each([
		[10_000, 5_100],
		[30_000, 14_000],
		[60_000, 15_200],
		[240_000, 15_200],
	])(
		'after %i ms in the queue is late by no more than one step of the queue',
		async (queueMs, ms) => {
			for (const factor of [0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15]) {
				for (const learned of [[], [2]]) {
					expect((await worst(2_000, learned, factor * queueMs)).lagMs).toBeLessThanOrEqual(ms);
				}
			}
		},
	);
});

describe('a first run, after two seconds in the queue, on average', () => {
	const around = (s: number) => Array.from({ length: 21 }, (_, at) => s * (950 + 5 * at));
	const THREE_TO_TWENTY = Array.from({ length: 18 }, (_, at) => 3 + at);

	it.each([
		['3 to 20', THREE_TO_TWENTY, 1.1, 12],
		['30', [30], 2, 16],
		['60', [60], 2.5, 25],
		['120', [120], 4, 32],
		['300', [300], 6, 50],
		['600', [600], 10, 70],
		['1,200', [1200], 15, 100],
	])('of %s s', async (_title, lengths, lagS, calls) => {
		const runs = lengths.flatMap(around);
		const seen = await Promise.all(
			runs.map((runMs) => measure({ runMs, queueMs: 2_000, latencyMs: 0 })),
		);
		const mean = (key: keyof Measured) =>
			seen.reduce((sum, one) => sum + one[key], 0) / seen.length;
		expect(mean('lagMs')).toBeLessThanOrEqual(1_000 * lagS);
		expect(mean('statusCalls')).toBeLessThanOrEqual(calls);
		// A fixed loop that is as late makes half as many calls; the moments of the ends move that by a tenth.
		const meanS = runs.reduce((sum, ms) => sum + ms / 1_000, 0) / runs.length;
		const loop = (500 * (meanS + 2)) / mean('lagMs') + 0.5;
		expect(mean('statusCalls')).toBeLessThanOrEqual(2.2 * loop);
	});
});

const LENGTHS_S = [1, 2, 5, 10, 20, 40, 60, 90, 180, 300, 600, 1_200, 3_600, 7_200];

describe('runs from one second to two hours', () => {
	it.each(LENGTHS_S)('%i s, unknown: late by the root of its length, never by more', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000);
		expect(lagMs).toBeLessThanOrEqual(Math.max(2_400, 750 * Math.sqrt(1.05 * s)) + 150);
		expect(lagMs).toBeLessThanOrEqual(60_200);
		expect(statusCalls).toBeLessThanOrEqual(4 + 2.85 * Math.sqrt(1.05 * s));
	});

	it.each(LENGTHS_S)('%i s, known: within a second or a twentieth', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000, [s]);
		expect(lagMs).toBeLessThanOrEqual(Math.max(1_000, 50 * s) + 50);
		expect(statusCalls).toBeLessThanOrEqual(s <= 1_200 ? 13 : 12 + s / 240);
	});

	it.each(LENGTHS_S)('%i s, known, after a cold start of four minutes', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000, [s], 4 * MINUTES);
		expect(statusCalls).toBeLessThanOrEqual(45);
		// In the queue there is a call every 15 s: a shorter run is seen at the next one.
		expect(lagMs).toBeLessThanOrEqual(Math.max(s < 15 ? 15_200 : 1_200, 55 * s));
	});

	it.each(LENGTHS_S)('%i s, though earlier runs took ten times as long', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000, [10 * s]);
		const unknown = await worst(s * 1_000);
		expect(statusCalls).toBeLessThanOrEqual(unknown.statusCalls + 1);
		expect(lagMs).toBeLessThanOrEqual(Math.max(2_600, 0.65 * 1_050 * s));
		expect(lagMs).toBeLessThanOrEqual(301_000);
	});

	it.each(LENGTHS_S)('%i s, though earlier runs took a tenth of it', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000, [s / 10]);
		const unknown = await worst(s * 1_000);
		expect(statusCalls).toBeLessThanOrEqual(unknown.statusCalls + 3);
		expect(lagMs).toBeLessThanOrEqual(Math.max(1_100, 0.3 * 1_050 * s + 500));
	});

	it.each(LENGTHS_S)('%i s, if runs differ by ten times', async (s) => {
		const { statusCalls, lagMs } = await worst(s * 1_000, [s / 3, s, 3.3 * s]);
		expect(lagMs).toBeLessThanOrEqual(Math.max(1_000, 0.15 * 1_050 * s) + 150);
		expect(statusCalls).toBeLessThanOrEqual(20 + s / 60);
	});
});

describe('what a watch has learned', () => {
	it('needs fewer calls for the second run than for the first', async () => {
		const first = await worst(5 * MINUTES);
		const second = await worst(5 * MINUTES, [300]);
		expect(second.statusCalls).toBeLessThan(first.statusCalls / 2);
		expect(second.lagMs).toBeLessThan(first.lagMs);
	});
});

/** Milliseconds from the submit to each look at a request, submitted when its host has run for 50 s. */
async function callsAt(job: FakeJobOptions, options: WatchOptions = {}): Promise<number[]> {
	const { queueMs = 0 } = job;
	const { client, host } = clientOf(fakeJob({ ...job, queueMs: 50_000 + queueMs }).script);
	await host.clock.sleep(50_000);
	const submittedAt = host.now();
	await watch(client, REF, { submittedAt, ...options });
	return host.callsOf('status').map(({ at }) => Math.round(at - submittedAt));
}

describe('the moments of the status calls', () => {
	it('if the deployment has not run before', async () => {
		expect(await callsAt({ queueMs: 5_000, runMs: 10_000 })).toEqual([
			...[2_000, 3_000, 4_200, 5_880, 7_480, 9_144, 10_875, 12_674, 14_546, 16_493],
		]);
	});

	it('if its run times are known, counted from the last call in the queue', async () => {
		const runTimes = createRunTimes();
		runTimes.set(REF.deploymentId, [20_000]);
		expect(await callsAt({ queueMs: 5_000, runMs: 20_000 }, { runTimes })).toEqual([
			...[1_000, 2_200, 3_400, 4_760, 6_664, 8_664, 11_787, 17_409, 24_760, 25_560],
		]);
	});

	it('have longer steps after a long queue', async () => {
		const calls = await callsAt({ queueMs: 100_000, runMs: 20_000 });
		const running = calls.filter((ms) => ms >= 100_000);
		expect(running.slice(1).map((ms, index) => ms - (running[index] ?? 0))).toEqual([
			...[6_000, 6_000, 6_000],
		]);
	});

	it('are those of the queue once the run has fallen back into it', async () => {
		const says: FakeJobOptions['says'] = (state, ms) =>
			ms > 54_000 && ms < 70_000 ? 'in_queue' : state;
		const calls = await callsAt({ runMs: 30_000, says });
		expect(calls.slice(0, 8)).toEqual([
			...[2_000, 3_600, 5_264, 7_370, 10_317, 14_444, 20_222, 22_042],
		]);
	});
});

describe('others that wait for a run to end', () => {
	const callsOf = async (othersWait?: () => boolean) => {
		const fake = fakeJob({ queueMs: 1_500, runMs: 120_000 });
		const { client } = clientOf(fake.script);
		const { timings } = await run(client, { deploymentId: REF.deploymentId }, { othersWait });
		return timings.status_calls;
	};

	it('are asked for before each status call: the last run of a batch is watched like one alone', async () => {
		const alone = await callsOf();
		expect(await callsOf(() => false)).toBe(alone);
		expect(await callsOf(() => true)).toBeGreaterThan(1.3 * alone);
		let asked = 0;
		const until = await callsOf(() => (asked += 1) <= 10);
		expect(asked).toBeGreaterThan(20);
		expect(until).toBeLessThan(1.3 * alone);
	});
});
