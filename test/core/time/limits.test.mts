import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import {
	abortedError,
	LONGEST_TIMER_MS,
	throwIfAborted,
	withTimeLimit,
} from '../../../core/time/waiting';
import { createVirtualHost } from '../support/virtualHost.mts';

const hostOf = () => createVirtualHost(() => ({}));
const never = () => new Promise<never>(() => undefined);

describe('an abort', () => {
	it('is told with what it is about', () => {
		expect(abortedError()).toMatchObject({ code: 'aborted', message: 'The run was stopped' });
		const facts = { requestId: 'r' };
		expect(() => throwIfAborted(AbortSignal.abort(), facts)).toThrow(
			expect.objectContaining({ code: 'aborted', requestId: 'r' }),
		);
		expect(() => throwIfAborted(AbortSignal.abort())).toThrow('The run was stopped');
		expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
		expect(() => throwIfAborted(undefined)).not.toThrow();
	});
});

describe('work with a time limit', () => {
	it('gives what it comes to, and leaves no timer and no listener behind', async () => {
		const host = hostOf();
		const { signal } = new AbortController();
		const limited: AbortSignal[] = [];
		const work = async (one: AbortSignal) => {
			limited.push(one);
			await host.sleep(500);
			return 7;
		};
		expect(await withTimeLimit(host, 1_000, signal, work)).toBe(7);
		expect(limited[0]?.aborted).toBe(false);
		expect(host.monotonic()).toBe(500);
		expect(host.clock.sleeping()).toBe(0);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	});

	it('throws what it throws', async () => {
		const fails = () => Promise.reject(new Error('x'));
		await expect(withTimeLimit(hostOf(), 1_000, undefined, fails)).rejects.toThrow('x');
	});

	it('is told to stop at the limit, and not waited for any longer', async () => {
		const host = hostOf();
		const limited: AbortSignal[] = [];
		const work = (one: AbortSignal) => {
			limited.push(one);
			return never();
		};
		await expect(withTimeLimit(host, 1_000, undefined, work)).rejects.toMatchObject({
			code: 'aborted',
		});
		expect(host.monotonic()).toBe(1_000);
		expect(limited[0]?.aborted).toBe(true);
	});

	it('is told to stop as soon as the caller is', async () => {
		const host = hostOf();
		const stop = new AbortController();
		const limited: AbortSignal[] = [];
		void host.sleep(300).then(() => stop.abort());
		const work = (one: AbortSignal) => {
			limited.push(one);
			return never();
		};
		await expect(withTimeLimit(host, 1_000, stop.signal, work)).rejects.toMatchObject({
			code: 'aborted',
		});
		expect(host.monotonic()).toBe(300);
		expect(limited[0]?.aborted).toBe(true);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('does not begin where the caller has been stopped', async () => {
		const work = jest.fn(never);
		const stopped = withTimeLimit(hostOf(), 1_000, AbortSignal.abort(), work);
		await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
		expect(work).not.toHaveBeenCalled();
	});

	it.each([
		[LONGEST_TIMER_MS, 1],
		[LONGEST_TIMER_MS + 1, 0],
		[Infinity, 0],
	])('of %d ms has %i timers: a longer one than Node.js has would fire at once', async (ms, n) => {
		const host = hostOf();
		const sleep = jest.spyOn(host, 'sleep');
		expect(LONGEST_TIMER_MS).toBe(2_147_483_647);
		expect(await withTimeLimit(host, ms, undefined, async () => 7)).toBe(7);
		expect(sleep).toHaveBeenCalledTimes(n);
	});
});
