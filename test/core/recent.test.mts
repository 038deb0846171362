import { describe, expect, it } from '@jest/globals';
import { Recent } from '../../core/index';

describe('a map of the newest entries', () => {
	it('forgets the oldest one beyond its size', () => {
		const map = new Recent<string, number>(2);
		map.set('a', 1).set('b', 2).set('c', 3);
		expect([...map]).toEqual([
			['b', 2],
			['c', 3],
		]);
	});

	it('makes what is set again the newest', () => {
		const map = new Recent<string, number>(2);
		map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
		expect([...map]).toEqual([
			['a', 3],
			['c', 4],
		]);
	});
});
