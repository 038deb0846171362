// Data that a host keeps about its requests: their receipts and observations.
import { describe, expect, it } from '@jest/globals';
import { type Observed, Recent } from '../../../core/index';
import { addPoll } from '../../../core/request/observed';
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
