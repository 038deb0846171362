import { describe, expect, it } from '@jest/globals';
import { type Attempt, attemptOf, repeat, valueOf } from '../../../core/time/repeat';

type Failed = { error: Error; after?: number };

/** Attempts with these outcomes, and what was waited between them. */
async function trying(outcomes: Array<number | Error>) {
	const waits: Array<[ms: number, number: number]> = [];
	const last = await repeat<number, Failed>(
		async (): Promise<Attempt<number, Failed>> => {
			const next = outcomes.shift();
			return typeof next === 'number'
				? { ok: true, value: next }
				: { ok: false, error: next ?? new Error('no more') };
		},
		(_failed, number) => (number < 3 ? 10 * number : undefined),
		async (ms, _failed, number) => void waits.push([ms, number]),
	);
	return { last, waits };
}

describe('trying again', () => {
	it('ends with the first success', async () => {
		const { last, waits } = await trying([new Error('a'), 7]);
		expect(valueOf(last)).toBe(7);
		expect(waits).toEqual([[10, 1]]);
	});

	it('ends with the failure after which no more waiting is asked for', async () => {
		const { last, waits } = await trying([new Error('a'), new Error('b'), new Error('c'), 7]);
		expect(() => valueOf(last)).toThrow('c');
		expect(waits).toEqual([
			[10, 1],
			[20, 2],
		]);
	});

	it('takes what a promise came to as an attempt', async () => {
		expect(await attemptOf(async () => 1)).toEqual({ ok: true, value: 1 });
		const error = new Error('a');
		expect(await attemptOf(() => Promise.reject(error))).toEqual({ ok: false, error });
	});
});
