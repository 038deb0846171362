import { describe, expect, it } from '@jest/globals';
import { mapSettled } from '../../../core/index';
import { createVirtualClock } from '../../support/virtualClock.mts';

describe('working through items', () => {
	it.each([
		[0, 1],
		[-3, 1],
		[NaN, 1],
		[1, 1],
		[2.9, 2],
		[3, 3],
		[100, 6],
		[Infinity, 6],
	])('with a limit of %d has at most %i at once', async (limit, most) => {
		const clock = createVirtualClock();
		let busy = 0;
		let seen = 0;
		const settled = await mapSettled([5, 1, 4, 2, 3, 6], limit, async (ms, index) => {
			seen = Math.max(seen, (busy += 1));
			await clock.sleep(ms);
			busy -= 1;
			return index * 10;
		});
		expect(seen).toBe(most);
		expect(settled).toEqual([0, 10, 20, 30, 40, 50].map((value) => ({ ok: true, value })));
	});

	it('is nothing if there are none', async () => {
		expect(await mapSettled([], 3, async () => 1)).toEqual([]);
	});

	it('keeps what went well beside what did not, even if it fails at once', async () => {
		const boom = new Error('boom');
		const settled = await mapSettled(['a', 'b', 'c'], 2, (item) => {
			if (item === 'b') throw boom;
			return Promise.resolve(item);
		});
		expect(settled).toEqual([
			{ ok: true, value: 'a' },
			{ ok: false, error: boom },
			{ ok: true, value: 'c' },
		]);
	});
});
