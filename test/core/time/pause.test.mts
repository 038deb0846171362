import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { pause, toMonotonic } from '../../../core/time/waiting';
import { EPOCH } from '../../support/virtualClock.mts';
import { createVirtualHost, type VirtualHost } from '../support/virtualHost.mts';

const FACTS = { requestId: 'r' };
const hostOf = (options = {}) => createVirtualHost(() => ({}), options);
const abortAfter = (host: VirtualHost, ms: number) => {
	const abort = new AbortController();
	void host.sleep(ms).then(() => abort.abort());
	return abort.signal;
};
const never = () => new AbortController().signal;

describe('a pause', () => {
	it.each([
		['without signals', undefined, undefined],
		['with one that may stop it', never(), undefined],
		['with one that may wake it', undefined, never()],
		['with both', never(), never()],
	])('%s lasts as long as it was asked to', async (_what, signal, wake) => {
		const host = hostOf();
		expect(await pause(host, 5_000, signal, FACTS, wake)).toBe(false);
		expect(host.monotonic()).toBe(5_000);
	});

	it.each([
		['alone', () => undefined],
		['beside one that may stop it', never],
	])('ends when it is woken: %s', async (_what, other) => {
		const host = hostOf();
		expect(await pause(host, 5_000, other(), FACTS, abortAfter(host, 1_000))).toBe(true);
		expect(host.monotonic()).toBe(1_000);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('is none where it was woken before', async () => {
		const host = hostOf();
		expect(await pause(host, 5_000, never(), FACTS, AbortSignal.abort())).toBe(true);
		expect(host.monotonic()).toBe(0);
	});

	it.each([
		['alone', () => undefined],
		['beside one that may wake it', never],
	])('throws when it is stopped, with what it is about: %s', async (_what, wake) => {
		const host = hostOf();
		const stopped = pause(host, 5_000, abortAfter(host, 1_000), FACTS, wake());
		await expect(stopped).rejects.toMatchObject({ code: 'aborted', ...FACTS });
		expect(host.monotonic()).toBe(1_000);
		expect(host.clock.sleeping()).toBe(0);
	});

	it('that is stopped in the moment in which it is over, or woken, is stopped', async () => {
		const host = hostOf();
		const stop = new AbortController();
		const wake = new AbortController();
		void host.sleep(1_000).then(() => {
			wake.abort();
			stop.abort();
		});
		const stopped = pause(host, 5_000, stop.signal, FACTS, wake.signal);
		await expect(stopped).rejects.toMatchObject({ code: 'aborted', ...FACTS });
		const late = new AbortController();
		const sleep = async () => late.abort();
		await expect(pause({ ...host, sleep }, 1, late.signal, FACTS)).rejects.toMatchObject({
			code: 'aborted',
			...FACTS,
		});
	});

	it('does not hide that the host cannot wait', async () => {
		const host = { ...hostOf(), sleep: () => Promise.reject(new Error('no timers')) };
		for (const wake of [undefined, never()]) {
			await expect(pause(host, 1, never(), FACTS, wake)).rejects.toThrow('no timers');
		}
	});

	it('leaves no listener behind: a host has one signal for many', async () => {
		const host = hostOf();
		const [signal, wake] = [never(), never()];
		await pause(host, 5_000, signal, FACTS, wake);
		await pause(host, 5_000, signal, FACTS);
		expect(getEventListeners(signal, 'abort')).toEqual([]);
		expect(getEventListeners(wake, 'abort')).toEqual([]);
	});

	it('does not begin where it was stopped before, whoever wakes it', async () => {
		const host = hostOf();
		for (const wake of [undefined, never(), AbortSignal.abort()]) {
			const stopped = pause(host, 5_000, AbortSignal.abort(), FACTS, wake);
			await expect(stopped).rejects.toMatchObject({ code: 'aborted', ...FACTS });
		}
		expect(host.monotonic()).toBe(0);
	});
});

describe('a moment of the clock on the wall', () => {
	it('is as long ago on the clock that only goes forward', async () => {
		const host = hostOf();
		await host.sleep(60_000);
		expect(toMonotonic(host, EPOCH + 10_000)).toBe(10_000);
		expect(toMonotonic(host, EPOCH - 10_000)).toBe(-10_000);
	});

	it('that lies ahead is now: the clock was set back since', async () => {
		const host = hostOf({ clockSetBy: () => -3_600_000 });
		await host.sleep(60_000);
		expect(toMonotonic(host, EPOCH)).toBe(60_000);
	});
});
