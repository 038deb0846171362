// Data that a host keeps about its requests: their receipts, observations, and run times.
import { describe, expect, it } from '@jest/globals';
import {
	attachedReceipt,
	type Observed,
	observedReceipt,
	plannedReceipt,
	Recent,
	reopenedReceipt,
	requestIn,
	type RequestRef,
} from '../../../core/index';
import { addPoll, measureRun } from '../../../core/request/observed';
import { RunTimes } from '../../../core/request/observed.ts';
import { acceptedReceipt, endedReceipt, submittingReceipt } from '../../../core/request/receipt.ts';
import { type RequestState } from '../../../core/request/state';

describe('the observations of a request', () => {
	const queued = { queuedAt: 5, polls: 2 };
	const running = { queuedAt: 5, runningAt: 20, polls: 3 };
	it.each<[Observed | undefined, RequestState, Observed]>([
		[undefined, 'in_queue', { queuedAt: 30, polls: 1 }],
		[undefined, 'in_progress', { runningAt: 30, polls: 1 }],
		[undefined, 'completed', { polls: 1 }],
		[queued, 'in_progress', { queuedAt: 5, runningAt: 30, polls: 3 }],
		[running, 'in_progress', { ...running, polls: 4 }],
		[running, 'in_queue', { queuedAt: 30, polls: 4 }],
		[running, 'completed', { ...running, polls: 4 }],
	])('after %j and now %s is %j', (before, state, after) => {
		const underWay = state === 'completed' ? {} : { underWayAt: 30 };
		expect(addPoll(before, state, 30)).toEqual({ polledAt: 30, state, ...underWay, ...after });
	});
});

const T0 = '2026-07-01T10:00:00.123456+00:00';

const T69 = '2026-07-01T10:01:09.123+00:00';

describe('how long a run took', () => {
	it.each([
		[T0, T69, 9_000, 60_000],
		['2026-07-01T12:00:00+02:00', '2026-07-01T10:00:30Z', 0, 30_000],
		[T0, T0, 0, undefined],
		[T69, T0, 0, undefined],
		[T0, T69, 69_000, undefined],
		[undefined, T69, 0, undefined],
		[T0, undefined, 0, undefined],
		['soon', 'later', 0, undefined],
	])('from %s to %s, %i ms queued: %s', (created_at, finished_at, queuedMs, ms) => {
		expect(measureRun({ created_at, finished_at }, queuedMs, 0)).toBe(ms);
	});

	it.each([
		[3_000, 9_000, 60_000],
		[12_000, 9_000, 60_000],
		[12_001, 9_000, undefined],
		[3_000, 67_000, 2_000],
		[3_001, 67_000, undefined],
	])('with %i ms of uncertainty, %i ms queued: %s', (uncertainMs, queuedMs, ms) => {
		expect(measureRun({ created_at: T0, finished_at: T69 }, queuedMs, uncertainMs)).toBe(ms);
	});
});

describe('how long runs take', () => {
	it('is the median of the last five runs', () => {
		const runTimes = new RunTimes();
		expect(runTimes.typical('a')).toBeUndefined();
		for (const ms of [900, 50, 30, 10, 40, 20]) runTimes.learn('a', ms);
		expect(runTimes.typical('a')).toBe(30);
		expect(runTimes.typical('b')).toBeUndefined();
	});

	it.each([0, -1, NaN])('does not take %d for a time', (ms) => {
		const runTimes = new RunTimes();
		runTimes.learn('a', ms);
		expect(runTimes.typical('a')).toBeUndefined();
	});
});

describe('the receipt of a request', () => {
	it('goes from what is planned to what RunComfy has accepted, and each step is another object', () => {
		const notes = { warnings: ['large'], seeds: { 3: 7 } };
		const planned = plannedReceipt({ deploymentId: 'd' }, 1, notes);
		const submitting = submittingReceipt(planned, 2);
		const answer = { request_id: 'r', status: 'in_queue' as const };
		const accepted = acceptedReceipt(submitting, { ...answer, warnings: ['left out'] }, 3);
		expect([planned, submitting, accepted]).toEqual([
			{ ids: { deploymentId: 'd' }, state: 'planned', at: 1, notes },
			{ ids: { deploymentId: 'd' }, state: 'submitting', at: 2, notes },
			{
				ids: { deploymentId: 'd', requestId: 'r' },
				state: 'accepted',
				at: 3,
				answer,
				notes: { ...notes, warnings: ['large', 'left out'] },
			},
		]);
		expect(JSON.parse(JSON.stringify(accepted))).toEqual(accepted);
	});

	it('of a request that somebody else submitted says since when it is waited for', () => {
		const ids = { requestId: 'r', deploymentId: 'd' };
		expect(attachedReceipt(ids, 4)).toEqual({ ids, state: 'attached', at: 4 });
	});

	it('has what was seen, and an end, which another try may take back', () => {
		const answer = { request_id: 'r', status: 'in_queue' as const };
		const accepted = acceptedReceipt(plannedReceipt({ deploymentId: 'd' }, 1), answer, 2);
		const observed = observedReceipt(accepted, { polls: 1 });
		expect(observed).toEqual({ ...accepted, seen: { polls: 1 } });
		const end = { code: 'aborted', message: 'Canceled' } as const;
		const ended = endedReceipt(observed, end);
		expect(ended).toEqual({ ...observed, end });
		expect(reopenedReceipt(ended)).toStrictEqual(observed);
	});

	it.each<[Partial<RequestRef>, boolean]>([
		[{ deploymentId: 'd', requestId: 'r' }, true],
		[{ service: 'model', modelId: 'a/b', requestId: 'r' }, true],
		[{ service: 'model', requestId: 'r' }, true],
		[{ deploymentId: 'd' }, false],
		[{ requestId: 'r' }, false],
	])('names with %j a request: %j', (ids, names) => {
		expect(requestIn(ids)).toEqual(names ? ids : undefined);
	});
});

describe('a map of the newest entries', () => {
	it('makes what is set again the newest', () => {
		const map = new Recent<string, number>(2);
		map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
		expect([...map]).toEqual([
			['a', 3],
			['c', 4],
		]);
	});
});
