import { expect, it } from '@jest/globals';
import { concat } from '../../core/bytes';

it('pieces of bytes become one, in their order', () => {
	const pieces = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3), Uint8Array.of(4, 5)];
	expect([...concat(pieces, 5)]).toEqual([1, 2, 3, 4, 5]);
	expect(concat([], 0)).toHaveLength(0);
});
