import { describe, expect, it } from '@jest/globals';
import { createVirtualClock, EPOCH } from './virtualClock.mts';

describe('the virtual clock', () => {
	it('wakes sleepers in the order of their moments, and of their going to sleep', async () => {
		const clock = createVirtualClock();
		const woken: string[] = [];
		const sleeper = (name: string, ms: number) =>
			clock.sleep(ms).then(() => woken.push(`${name}@${clock.now() - EPOCH}`));
		await Promise.all([
			sleeper('late', 7_200_000),
			sleeper('first', 10),
			sleeper('second', 10),
			sleeper('early', 5).then(() => sleeper('chained', 5)),
		]);
		expect(woken).toEqual(['early@5', 'first@10', 'second@10', 'chained@10', 'late@7200000']);
	});

	it('ends a sleep on abort, at that moment', async () => {
		const clock = createVirtualClock();
		const abort = new AbortController();
		void clock.sleep(3).then(() => abort.abort());
		await expect(clock.sleep(1_000, abort.signal)).rejects.toMatchObject({ code: 'ABORT_ERR' });
		expect(clock.now() - EPOCH).toBe(3);
		expect(clock.sleeping()).toBe(0);
		await expect(clock.sleep(1, abort.signal)).rejects.toMatchObject({ code: 'ABORT_ERR' });
	});

	it('stands still while real work is held', async () => {
		const clock = createVirtualClock();
		let released = (): void => undefined;
		const work = new Promise<void>((resolve) => (released = resolve));
		const held = clock.holdFor(work);
		const slept = clock.sleep(50);
		await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setImmediate(resolve));
		expect(clock.now()).toBe(EPOCH);
		released();
		await held;
		await slept;
		expect(clock.now()).toBe(EPOCH + 50);
	});

	it('moves on by force while real work is held', async () => {
		const clock = createVirtualClock();
		const release = clock.hold();
		const woken: string[] = [];
		void clock.sleep(60).then(() => woken.push('later'));
		const slept = clock.sleep(50).then(() => woken.push('slept'));
		clock.elapse(50);
		await slept;
		expect([woken, clock.now() - EPOCH, clock.sleeping()]).toEqual([['slept'], 50, 1]);
		release();
	});
});
