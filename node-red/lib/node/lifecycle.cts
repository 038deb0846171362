import type { EventEmitter } from 'node:events';

/**
 * Tells what `close` does not: whether new instances follow. The runtime's flows are kept as one
 * object; a deploy replaces it before it stops the nodes, a shutdown stops what was started.
 */
export interface Lifecycle {
	/** Whether the nodes that close now do so for good: Node-RED ends, or its flows are stopped. */
	endsNow(): boolean;
	/**
	 * Resolves at once, or when the deploy in progress has started its nodes: what is sent or reported
	 * before that is lost where the nodes behind, or the Catch nodes, are being replaced.
	 */
	settled(): Promise<void>;
	/** Calls back once all nodes of a deploy are there. @returns a function that takes it back */
	onStarted(listener: () => void): () => void;
}

const known = new WeakMap<EventEmitter, Lifecycle>();

/** To be called when the module is loaded, before any flow starts. */
export function watchLifecycle(events: EventEmitter): Lifecycle {
	const before = known.get(events);
	if (before) return before;
	const listeners = new Set<() => void>();
	let started: unknown;
	let ends = false;
	let changing = false;
	let waiting: Array<() => void> = [];
	events.on('flows:started', ({ config }: { config?: unknown }) => {
		started = config;
		ends = false;
		changing = false;
		for (const listener of [...listeners]) listener();
		const released = waiting;
		waiting = [];
		for (const release of released) release();
	});
	events.on('flows:stopping', ({ config }: { config?: unknown }) => {
		ends = config !== undefined && config === started;
		changing = true;
	});
	events.on('flows:starting', () => {
		changing = true;
	});
	const lifecycle: Lifecycle = {
		endsNow: () => ends,
		settled: () =>
			changing ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(),
		onStarted(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
	known.set(events, lifecycle);
	return lifecycle;
}
