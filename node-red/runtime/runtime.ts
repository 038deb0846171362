import { tried } from '../../core';

/**
 * State that outlives deploys, which replace node instances but keep modules loaded. All of it hangs on one object, so
 * that each test can start fresh.
 */
const createRuntime = () => ({
	/** Keyed by the function that creates each part. */
	parts: new Map<() => unknown, unknown>(),
	disposals: [] as Array<() => void>,
});

let present = createRuntime();

/**
 * Declares a part of the runtime, created on first use; `dispose` is called when the runtime ends.
 * @returns a function that returns the current runtime's part
 */
export function perRuntime<T>(make: () => T, dispose?: (part: T) => void): () => T {
	const give = () => {
		const { parts, disposals } = present;
		if (parts.has(give)) return parts.get(give) as T;
		const part = make();
		parts.set(give, part);
		if (dispose) disposals.push(() => dispose(part));
		return part;
	};
	return give;
}

/** A list of change listeners. An exception in one of them must not affect a run. */
export function createListeners() {
	const listeners = new Set<() => void>();
	return {
		/** @returns an unsubscribe function */
		add(listener: () => void): () => void {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		/** Resolves once `holds` returns true, which is checked now and at each call. @throws the abort reason of `signal` */
		until(holds: () => boolean, signal?: AbortSignal): Promise<void> {
			return new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				if (holds()) return resolve();
				const stop = () => {
					listeners.delete(check);
					signal?.removeEventListener('abort', abort);
				};
				const check = () => {
					if (!holds()) return;
					stop();
					resolve();
				};
				const abort = () => {
					stop();
					reject(signal?.reason as Error);
				};
				listeners.add(check);
				signal?.addEventListener('abort', abort, { once: true });
			});
		},
		call(): void {
			for (const listener of [...listeners]) tried(listener);
		},
	};
}

/** Discards all state, so that the next test starts fresh. */
export function startFreshRuntime(): void {
	const { disposals } = present;
	present = createRuntime();
	for (const dispose of disposals) dispose();
}
