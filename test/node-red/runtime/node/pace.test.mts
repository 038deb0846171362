import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type * as PaceModule from '../../../../node-red/runtime/pace.cts';
import { dist } from '../../support/dist.mts';
import { turns } from '../../support/rig.mts';

const { inTurn } = dist<typeof PaceModule>('node-red/runtime/pace.cjs');

let now = 0;
beforeEach(() => {
	jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(async () => {
	jest.restoreAllMocks();
	await turns(2);
});

/** What a message does in its turn: several steps, which take a millisecond in all. */
async function work() {
	for (let step = 0; step < 10; step += 1) {
		await Promise.resolve();
		now += 0.1;
	}
}

it('a burst leaves every turn of the event loop something for others, in order of arrival', async () => {
	const starts = [now];
	let over = false;
	const look = () => {
		starts.push(now);
		if (!over) setImmediate(look);
	};
	setImmediate(look);
	const order: number[] = [];
	await Promise.all(
		Array.from({ length: 1_000 }, async (_, n) => {
			await inTurn();
			await work();
			order.push(n);
		}),
	);
	over = true;
	expect(order).toEqual([...order].sort((a, b) => a - b));
	expect(order).toHaveLength(1_000);
	const took = starts.slice(1).map((at, n) => at - (starts[n] ?? 0));
	// Eight messages begin as they arrive. After that, each turn ends with the message that has used it up.
	expect(Math.max(...took)).toBeLessThanOrEqual(9);
	expect(Math.max(...took.slice(2))).toBeLessThanOrEqual(5);
});

it('what comes at once does not wait as long as there is time', async () => {
	const atOnce: number[] = [];
	const all = Array.from({ length: 10 }, (_, n) => {
		const turn = inTurn().then(() => atOnce.push(n));
		now += 1;
		return turn;
	});
	let known: number[] = [];
	process.nextTick(() => (known = [...atOnce]));
	await Promise.all(all);
	expect(known).toEqual([0, 1, 2, 3]);
});

it('one message does not wait', async () => {
	let turned = false;
	setImmediate(() => (turned = true));
	await inTurn();
	expect(turned).toBe(false);
});
