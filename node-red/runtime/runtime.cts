import { tried } from '../../core/index.js';

/**
 * What this process keeps while nodes come and go: a deploy replaces a node's instances, and modules stay
 * loaded. Everything of that kind hangs on one runtime, so that a test can begin with a fresh one.
 */
const createRuntime = () => ({
	parts: new Map<() => unknown, unknown>(),
	disposals: [] as Array<() => void>,
});

let present = createRuntime();

/**
 * Something that a runtime has one of, made on first use; `dispose` ends it with its runtime.
 * @returns a function that gives the present runtime's
 */
export function perRuntime<T>(make: () => T, dispose?: (part: T) => void): () => T {
	return () => {
		const { parts, disposals } = present;
		if (parts.has(make)) return parts.get(make) as T;
		const part = make();
		parts.set(make, part);
		if (dispose) disposals.push(() => dispose(part));
		return part;
	};
}

/** Listeners to changes. What one of them throws must not change what becomes of a run. */
export function createListeners() {
	const listeners = new Set<() => void>();
	return {
		/** @returns a function that takes it back */
		add(listener: () => void): () => void {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		/** Resolves with the next call. @throws what `signal` aborts with */
		next(signal: AbortSignal): Promise<void> {
			return new Promise((resolve, reject) => {
				signal.throwIfAborted();
				const stop = () => {
					listeners.delete(hear);
					signal.removeEventListener('abort', abort);
				};
				const hear = () => {
					stop();
					resolve();
				};
				const abort = () => {
					stop();
					reject(signal.reason as Error);
				};
				listeners.add(hear);
				signal.addEventListener('abort', abort, { once: true });
			});
		},
		call(): void {
			for (const listener of [...listeners]) tried(listener);
		},
	};
}

/** Forgets everything, so that the next test starts fresh. */
export function startFreshRuntime(): void {
	const { disposals } = present;
	present = createRuntime();
	for (const dispose of disposals) dispose();
}
