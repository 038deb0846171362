import { describe, expect, it } from '@jest/globals';
import { addStatusCall, joinObserved } from '../../../core/index';
import {
	noteStatus,
	queuedMsOf,
	startObserving,
	uncertainMsOf,
} from '../../../core/request/observed';
import type { JobState } from '../../../core/request/state';

const observedAfter = (...looks: Array<[JobState, number]>) => {
	const observed = startObserving(1_000, 400);
	for (const [status, now] of looks) noteStatus(observed, status, now);
	return observed;
};

describe('what is observed of a request', () => {
	it('counts from the submit, or from now where that is not known', () => {
		const fresh = {
			...{ statusCalls: 0, runningPolls: 0, firstRunningAt: undefined, finished: false },
		};
		expect(startObserving(1_000, 400)).toEqual({ ...fresh, since: 400, lastQueuedAt: 400 });
		expect(startObserving(1_000, undefined)).toEqual({
			...{ ...fresh, since: 1_000, lastQueuedAt: 1_000 },
		});
	});

	it('goes on from what was seen before', () => {
		expect(startObserving(9_000, 400, { queuedAt: 2_000, runningAt: 3_000 })).toMatchObject({
			...{ since: 400, lastQueuedAt: 2_000, firstRunningAt: 3_000 },
		});
	});

	it('is when it was last queued, and first seen to run after that', () => {
		expect(observedAfter(['in_queue', 2_000], ['in_queue', 3_000])).toMatchObject({
			...{ statusCalls: 2, runningPolls: 0, lastQueuedAt: 3_000, firstRunningAt: undefined },
		});
		expect(
			observedAfter(['in_queue', 2_000], ['in_progress', 4_000], ['unknown', 5_000]),
		).toMatchObject({
			statusCalls: 3,
			runningPolls: 2,
			lastQueuedAt: 2_000,
			firstRunningAt: 4_000,
		});
		expect(
			observedAfter(['in_progress', 2_000], ['in_queue', 3_000], ['in_progress', 4_000]),
		).toMatchObject({ runningPolls: 2, lastQueuedAt: 3_000, firstRunningAt: 4_000 });
	});

	it('is whether it had ended at the last look', () => {
		for (const ended of ['completed', 'canceled'] as const) {
			expect(observedAfter(['in_progress', 2_000], [ended, 3_000])).toMatchObject({
				...{ finished: true, statusCalls: 2, runningPolls: 1, firstRunningAt: 2_000 },
			});
			expect(observedAfter([ended, 3_000]).firstRunningAt).toBeUndefined();
			expect(observedAfter([ended, 3_000], ['in_queue', 4_000]).finished).toBe(false);
		}
	});

	it('tells when the run began as the middle of the looks before and after', () => {
		const began = observedAfter(['in_queue', 2_400], ['in_progress', 4_400]);
		expect(queuedMsOf(began)).toBe(3_000);
		expect(uncertainMsOf(began, 9_000)).toBe(2_000);
		const unseen = observedAfter(['in_queue', 2_400]);
		expect(queuedMsOf(unseen)).toBe(2_000);
		expect(uncertainMsOf(unseen, 9_000)).toBe(6_600);
	});
});

describe('what a host keeps of the looks at a request', () => {
	it('is the last look at the queue, the first one at the run, and how many', () => {
		const running = { queuedAt: 5, runningAt: 20, looks: 3 };
		expect(addStatusCall(undefined, 'in_queue', 10)).toEqual({
			queuedAt: 10,
			lookedAt: 10,
			looks: 1,
		});
		expect(addStatusCall(undefined, 'in_progress', 10)).toEqual({
			runningAt: 10,
			lookedAt: 10,
			looks: 1,
		});
		expect(addStatusCall(undefined, 'completed', 10)).toEqual({ lookedAt: 10, looks: 1 });
		expect(addStatusCall({ queuedAt: 5, looks: 2 }, 'in_progress', 30)).toEqual({
			...{ queuedAt: 5, runningAt: 30, lookedAt: 30, looks: 3 },
		});
		expect(addStatusCall(running, 'in_progress', 30)).toEqual({
			...running,
			lookedAt: 30,
			looks: 4,
		});
		expect(addStatusCall(running, 'in_queue', 30)).toEqual({
			queuedAt: 30,
			lookedAt: 30,
			looks: 4,
		});
		expect(addStatusCall(running, 'completed', 30)).toEqual({ ...running, lookedAt: 30, looks: 4 });
	});

	it('by two, one after the other or at the same time, is joined', () => {
		const queued = { queuedAt: 10, looks: 2 };
		const running = { queuedAt: 5, runningAt: 20, looks: 3 };
		expect(joinObserved(queued, running)).toEqual({ queuedAt: 10, runningAt: 20, looks: 5 });
		// It fell back into the queue after it was seen to run.
		expect(joinObserved({ runningAt: 7, looks: 1 }, queued)).toEqual({ queuedAt: 10, looks: 3 });
		expect(joinObserved({ runningAt: 10, looks: 1 }, queued)).toEqual({ queuedAt: 10, looks: 3 });
		expect(joinObserved({ runningAt: 7, looks: 1 }, { runningAt: 9, looks: 1 })).toEqual({
			...{ runningAt: 7, looks: 2 },
		});
		expect(joinObserved({ looks: 1 }, { looks: 1 })).toStrictEqual({ looks: 2 });
		expect(joinObserved({ lookedAt: 7, looks: 1 }, { lookedAt: 9, looks: 1 })).toEqual({
			...{ lookedAt: 9, looks: 2 },
		});
		expect(joinObserved(undefined, queued)).toBe(queued);
		expect(joinObserved(queued, undefined)).toBe(queued);
		expect(joinObserved(undefined, undefined)).toBeUndefined();
	});
});
