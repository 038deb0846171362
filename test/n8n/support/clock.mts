// A clock for n8n's engine and the simulator in one process: it stands still during calls, and jumps to the first
// sleeper as soon as everything sleeps.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { afterAll, beforeAll } from '@jest/globals';
import { createVirtualClock, type VirtualClock } from '../../support/virtualClock.mts';

const require = createRequire(import.meta.url);

/** Turns of the event loop without a call; n8n's engine takes some between two of its steps. */
const IDLE_TURNS = 20;

/** Milliseconds of real time after which a call no longer stops the clock, because it may never be answered. */
const MOST_HELD_MS = 1_000;

export interface FastClock extends VirtualClock {
	/**
	 * Stops the clock at the nth call from now on whose path ends with this.
	 * @returns a function that restarts it
	 */
	stopAt(path: string, nth?: number): Promise<() => void>;
}

type Sleep = (ms: number) => Promise<void>;

/** Finds the module with n8n's `sleep`, which the nodes and the engine use. n8n 2.8 has it elsewhere. */
function findSleep(): { sleep: Sleep } {
	const { sleep } = require('n8n-workflow') as { sleep: Sleep };
	const ofWorkflow = createRequire(require.resolve('n8n-workflow'));
	for (const name of ['@n8n/utils/sleep', './utils.js']) {
		try {
			const found = ofWorkflow(name) as { sleep: Sleep };
			if (found.sleep === sleep) return found;
		} catch {
			// This n8n lacks the module.
		}
	}
	throw new Error('No known module holds the sleep of n8n-workflow');
}

/** Call this once in a test file. */
export function useFastClock(): FastClock {
	const clock = createVirtualClock(Date.now(), { idleTurns: IDLE_TURNS });
	const calls = new Map<ClientRequest, () => void>();
	const stops = new Set<(path: string) => void>();
	const begin = (message: unknown) => {
		const { request } = message as { request: ClientRequest };
		const release = clock.hold();
		const timer = setTimeout(release, MOST_HELD_MS);
		calls.set(request, () => {
			clearTimeout(timer);
			release();
		});
		for (const stop of stops) stop(request.path);
	};
	const end = (request: ClientRequest) => {
		calls.get(request)?.();
		calls.delete(request);
	};
	const answered = (message: unknown) => {
		const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
		response.once('close', () => end(request));
	};
	const failed = (message: unknown) => end((message as { request: ClientRequest }).request);
	const own = { sleep: findSleep(), date: Date.now, monotonic: performance.now };
	const { sleep } = own.sleep;
	beforeAll(() => {
		own.sleep.sleep = (ms) => clock.sleep(ms);
		Date.now = clock.now;
		performance.now = clock.now;
		subscribe('http.client.request.start', begin);
		subscribe('http.client.response.finish', answered);
		subscribe('http.client.request.error', failed);
	});
	afterAll(() => {
		own.sleep.sleep = sleep;
		Date.now = own.date;
		performance.now = own.monotonic;
		unsubscribe('http.client.request.start', begin);
		unsubscribe('http.client.response.finish', answered);
		unsubscribe('http.client.request.error', failed);
	});
	const stopAt = (path: string, nth = 1) =>
		new Promise<() => void>((resolve) => {
			let left = nth;
			const stop = (called: string) => {
				if (!called.endsWith(path) || --left > 0) return;
				stops.delete(stop);
				resolve(clock.hold());
			};
			stops.add(stop);
		});
	return Object.assign(clock, { stopAt });
}
