import { expect, it } from '@jest/globals';
import { inTurn } from '../../../../node-red/runtime/pace.cts';

it('a burst leaves every turn of the event loop something for others, in order of arrival', async () => {
	const inThisTurn: number[] = [0];
	let over = false;
	const count = () => {
		inThisTurn.push(0);
		if (!over) setImmediate(count);
	};
	setImmediate(count);
	const order: number[] = [];
	await Promise.all(
		Array.from({ length: 1_000 }, async (_, n) => {
			await inTurn();
			order.push(n);
			inThisTurn.push((inThisTurn.pop() ?? 0) + 1);
		}),
	);
	over = true;
	expect(order).toEqual([...order].sort((a, b) => a - b));
	expect(order).toHaveLength(1_000);
	// A turn here may see the end of one and the beginning of the next.
	expect(Math.max(...inThisTurn)).toBeLessThanOrEqual(16);
});

it('one message does not wait', async () => {
	let turned = false;
	setImmediate(() => (turned = true));
	await inTurn();
	expect(turned).toBe(false);
});
