import type { Host } from '../../../core/index.ts';
import { EPOCH, type VirtualClock } from '../../support/virtualClock.mts';

/** A host on a virtual clock, which stands still while an exchange with the service is under way. */
export function hostOnClock(host: Host, clock: VirtualClock): Host {
	return {
		...host,
		sleep: (ms, signal) => clock.sleep(ms, signal),
		now: () => clock.now(),
		monotonic: () => clock.now() - EPOCH,
		async request(request) {
			const release = clock.hold();
			try {
				const response = await host.request(request);
				if (!response.stream) return response;
				return { ...response, stream: untilRead(response.stream, release) };
			} catch (error) {
				release();
				throw error;
			} finally {
				if (request.expect === 'text') release();
			}
		},
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
