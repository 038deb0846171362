import type { EventEmitter } from 'node:events';

/**
 * Tells what `close` does not: whether new instances follow. The runtime's flows are kept as one
 * object; a deploy replaces it before it stops the nodes, a shutdown stops what was started.
 */
export interface Lifecycle {
	/** Whether the nodes that close now do so for good: Node-RED ends, or its flows are stopped. */
	endsNow(): boolean;
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
	events.on('flows:started', ({ config }: { config?: unknown }) => {
		started = config;
		ends = false;
		for (const listener of [...listeners]) listener();
	});
	events.on('flows:stopping', ({ config }: { config?: unknown }) => {
		ends = config !== undefined && config === started;
	});
	const lifecycle: Lifecycle = {
		endsNow: () => ends,
		onStarted(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
	known.set(events, lifecycle);
	return lifecycle;
}
