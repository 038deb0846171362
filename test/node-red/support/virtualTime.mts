import type { Host } from '../../../core/index.ts';

/**
 * A clock that jumps to the next moment somebody waits for, as soon as no exchange with the service
 * is under way. Hours of polling over a real socket take milliseconds.
 */
export interface VirtualTime {
	now(): number;
	/** Moves on without anybody waiting. */
	pass(ms: number): void;
	/** Stops the clock; it goes on when the returned function is called. */
	hold(): () => void;
	/** How many wait for a moment to come. */
	sleeping(): number;
	/** The host on this clock; its network stays real. */
	wrap(host: Host): Host;
	/** Called with every jump, before anybody wakes up. */
	onJump(listener: () => Promise<void>): void;
}

interface Sleeper {
	at: number;
	wake: () => void;
}

/** Turns of the event loop without an exchange after which time may pass. */
const IDLE_TURNS = 5;

export function createVirtualTime(start = Date.UTC(2026, 0, 1)): VirtualTime {
	let now = start;
	let exchanges = 0;
	let pumping = false;
	let held = false;
	let jumped: () => Promise<void> = async () => undefined;
	const sleepers = new Set<Sleeper>();

	const pump = async () => {
		if (pumping || held) return;
		pumping = true;
		for (let idle = 0; sleepers.size > 0 && exchanges === 0 && !held; idle += 1) {
			await new Promise((resolve) => setImmediate(resolve));
			if (idle < IDLE_TURNS || exchanges > 0 || held || sleepers.size === 0) continue;
			idle = 0;
			now = Math.max(now, Math.min(...[...sleepers].map(({ at }) => at)));
			await jumped();
			for (const sleeper of [...sleepers]) if (sleeper.at <= now) sleeper.wake();
		}
		pumping = false;
	};

	const sleep = (ms: number, signal?: AbortSignal) =>
		new Promise<void>((resolve, reject) => {
			if (signal?.aborted) return reject(signal.reason as Error);
			const leave = () => {
				sleepers.delete(sleeper);
				reject(signal?.reason as Error);
			};
			const sleeper: Sleeper = {
				at: now + ms,
				wake() {
					sleepers.delete(sleeper);
					signal?.removeEventListener('abort', leave);
					resolve();
				},
			};
			signal?.addEventListener('abort', leave, { once: true });
			sleepers.add(sleeper);
			void pump();
		});

	return {
		now: () => now,
		pass(ms) {
			now += ms;
		},
		hold() {
			held = true;
			return () => {
				held = false;
				void pump();
			};
		},
		sleeping: () => sleepers.size,
		onJump(listener) {
			jumped = listener;
		},
		wrap: (host) => ({
			sleep,
			now: () => now,
			async request(request) {
				exchanges += 1;
				let open = true;
				const close = () => {
					if (open) exchanges -= 1;
					open = false;
					void pump();
				};
				try {
					const response = await host.request(request);
					if (!response.stream) return response;
					return { ...response, stream: untilRead(response.stream, close) };
				} catch (error) {
					close();
					throw error;
				} finally {
					if (request.expect === 'text') close();
				}
			},
		}),
	};
}

/** The stream, which tells when it has been read or given up. */
function untilRead(stream: AsyncIterable<Uint8Array>, end: () => void): AsyncIterable<Uint8Array> {
	return {
		[Symbol.asyncIterator]() {
			const source = stream[Symbol.asyncIterator]();
			return {
				async next() {
					const step = await source.next().catch((error: unknown) => {
						end();
						throw error;
					});
					if (step.done) end();
					return step;
				},
				async return() {
					end();
					return (await source.return?.()) ?? { done: true, value: undefined };
				},
			};
		},
	};
}
