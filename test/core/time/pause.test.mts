import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { pause } from '../../../core/time/pause';
import { createVirtualHost } from '../support/virtualHost.mts';

const host = createVirtualHost(() => ({ body: '{}' }));
const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('a pause', () => {
	it('ends by itself, and says that it was not woken', async () => {
		const began = host.monotonic();
		const { signal } = new AbortController();
		expect(await pause(host, 500, signal, {}, new AbortController().signal)).toBe(false);
		expect(host.monotonic() - began).toBe(500);
	});

	it('does not begin once it was woken', async () => {
		const began = host.monotonic();
		expect(await pause(host, 500, undefined, {}, AbortSignal.abort())).toBe(true);
		expect(host.monotonic()).toBe(began);
	});

	it.each(['signal', 'wake'] as const)('is left at once when its %s aborts', async (which) => {
		const aborts = { signal: new AbortController(), wake: new AbortController() };
		const endless = { ...host, sleep: sleepUntilAborted };
		const outcome = pause(
			endless,
			500,
			aborts.signal.signal,
			{ requestId: 'r' },
			aborts.wake.signal,
		);
		aborts[which].abort();
		if (which === 'wake') expect(await outcome).toBe(true);
		else await expect(outcome).rejects.toMatchObject({ code: 'aborted', requestId: 'r' });
	});

	it('leaves nothing on the signals, which live for thousands of pauses', async () => {
		const { signal } = new AbortController();
		const wake = new AbortController().signal;
		for (let n = 0; n < 20; n += 1) await pause(host, 1, signal, {}, wake);
		expect([listenersOf(signal), listenersOf(wake)]).toEqual([0, 0]);
	});
});

function sleepUntilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
	return new Promise((_resolve, reject) => {
		signal?.addEventListener('abort', () => reject(new Error('let go')), { once: true });
	});
}
