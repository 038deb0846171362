// What the dialog of an account says of others that may share its token.
import { describe, expect, it } from '@jest/globals';
import { otherLimits } from '../../../../node-red/nodes/runcomfy-config/sharedLimit.mts';

const own = { id: 'a', name: 'Own', baseUrl: 'https://api.test', concurrency: '10' };
const other = { id: 'b', name: 'Studio', baseUrl: 'https://api.test/', concurrency: 3 };

describe('the limit of an account', () => {
	it('may be that of another one with the same token', () => {
		expect(otherLimits(own, [own, other])).toBe('Studio (3)');
		expect(otherLimits(own, [own, other, { ...other, id: 'c', name: '' }])).toBe(
			'Studio (3), c (3)',
		);
	});

	it.each([
		['alone', []],
		['the same limit', [{ ...other, concurrency: 10 }]],
		['another address', [{ ...other, baseUrl: 'http://127.0.0.1:4010' }]],
	])('is its own: %s', (_why, others) => {
		expect(otherLimits(own, [own, ...others])).toBe('');
	});
});
