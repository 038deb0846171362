// Cleanup after waiting, and cases that no run covers. Tests of runs cover stopping and waking.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { mapSettled } from '../../core/index';
import { pause, withTimeLimit } from '../../core/waiting';
import { createVirtualClock } from '../support/virtualClock.mts';
import { createVirtualHost } from './support/virtualHost.mts';

const FACTS = { requestId: 'r' };

const hostOf = () => createVirtualHost(() => ({}));

const never = () => new AbortController().signal;

describe('a pause', () => {
	it('that is stopped, also in the moment in which it is over, is stopped', async () => {
		const host = hostOf();
		const stop = new AbortController();
		void host.sleep(1_000).then(() => stop.abort());
		const stopped = pause(host, 5_000, stop.signal, FACTS);
		await expect(stopped).rejects.toMatchObject({ code: 'aborted', ...FACTS });
		const late = new AbortController();
		const sleep = async () => late.abort();
		await expect(pause({ ...host, sleep }, 1, late.signal, FACTS)).rejects.toMatchObject({
			code: 'aborted',
			...FACTS,
		});
	});

	it('leaves no listener behind: a host has one signal for many', async () => {
		const host = hostOf();
		const signal = never();
		await pause(host, 5_000, signal, FACTS);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
	});
});

const unending = () => new Promise<never>(() => undefined);

describe('work with a time limit', () => {
	it('returns the result, and leaves no timer or listener behind', async () => {
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

	it('is told to stop at the limit, and not waited for any longer', async () => {
		const host = hostOf();
		const limited: AbortSignal[] = [];
		const work = (one: AbortSignal) => {
			limited.push(one);
			return unending();
		};
		await expect(withTimeLimit(host, 1_000, undefined, work)).rejects.toMatchObject({
			code: 'aborted',
		});
		expect(host.monotonic()).toBe(1_000);
		expect(limited[0]?.aborted).toBe(true);
	});
});

describe('working through items', () => {
	it.each([
		[0, 1],
		[NaN, 1],
		[2.9, 2],
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
});
