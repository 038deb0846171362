// What the soak test reports as wrong.
import { describe, expect, it } from '@jest/globals';
import { growthOf, isFlat } from '../soak/lib/slope.mjs';
import { problemsOf, tableOf } from '../soak/lib/table.mjs';

describe('figures of one process, phase by phase', () => {
	it.each([
		['that stay', [42, 42, 43, 43, 42]],
		['with one that is odd', [42, 42, 90, 42, 42]],
		['that fall', [60, 55, 50, 45, 44]],
		['that are none', [0, 0, 0, 0, 0]],
	])('%s are flat', (_what, values) => expect(isFlat(values)).toBe(true));

	it.each([
		['that grow in each', [100, 103, 106, 110, 113]],
		['that grow, with one that falls', [100, 110, 90, 130, 140]],
	])('%s are not', (_what, values) => expect(isFlat(values)).toBe(false));

	it('grow by what lies between the first and the last', () => {
		expect(growthOf([90, 95, 100, 105, 110])).toBeCloseTo(0.2);
	});
});

describe('an outcome', () => {
	const look = (heap: number, sockets: number) => ({
		delay: 3,
		heap,
		handles: { Sockets: sockets },
	});
	const good = {
		host: 'Node-RED',
		requests: 4,
		paid: 4,
		results: 4,
		repeated: 0,
		faults: 1,
		seconds: 9,
		looks: { main: [look(40, 10), look(41, 9), look(40, 10)] },
	};

	it('is good where each request has one result, and nothing grows', () => {
		expect(problemsOf(good)).toEqual([]);
		expect(tableOf([good])).toContain('| main | 40 41 40 | 0.0 % | 10 → 10 | 3 3 3 |');
	});

	it.each([
		[{ results: 3 }, '3 results of 4 requests'],
		[{ paid: 5 }, '5 requests were paid for'],
		[{ repeated: 1 }, 'came out twice'],
		[{ looks: { main: [look(40, 10), look(50, 10), look(60, 10)] } }, 'its heap grows'],
		[{ looks: { main: [look(40, 10), look(40, 20), look(40, 30)] } }, 'its open handles grow'],
	])('with %j is not', (change, problem) => {
		expect(problemsOf({ ...good, ...change })).toEqual([expect.stringContaining(problem)]);
	});
});
