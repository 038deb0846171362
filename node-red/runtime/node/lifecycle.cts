import type { EventEmitter } from 'node:events';

const known = new WeakMap<EventEmitter, ReturnType<typeof watch>>();

/** To be called when the module is loaded, before any flow starts. */
export function watchLifecycle(events: EventEmitter) {
	const lifecycle = known.get(events) ?? watch(events);
	known.set(events, lifecycle);
	return lifecycle;
}

/**
 * Tells what `close` does not: whether new instances follow. The runtime's flows are kept as one
 * object; a deploy replaces it before it stops the nodes, a shutdown stops what was started.
 */
function watch(events: EventEmitter) {
	const listeners = new Set<() => void>();
	let deployed: unknown;
	let started: unknown;
	let ends = false;
	let changing = false;
	const waiting: Array<() => void> = [];
	const settle = (config: unknown, toCall: Iterable<() => void>) => {
		started = config;
		ends = false;
		changing = false;
		for (const listener of [...toCall, ...waiting.splice(0)]) listener();
	};
	events.on('flows:started', ({ config }: { config?: unknown }) => settle(config, listeners));
	events.on('flows:stopping', ({ config }: { config?: unknown }) => {
		deployed = config;
		ends = config !== undefined && config === started;
		changing = true;
	});
	// A type or a module that is missing stops the start: the nodes that the deploy left alone go on.
	events.on('runtime-event', ({ id, payload }: RuntimeEvent) => {
		if (changing && id === 'runtime-state' && payload?.error) settle(deployed, []);
	});
	events.on('flows:starting', () => {
		changing = true;
	});
	return {
		/** Whether the nodes that close now do so for good: Node-RED ends, or its flows are stopped. */
		endsNow: () => ends,
		/**
		 * Resolves at once, or when the deploy in progress has started its nodes or given up: what is sent
		 * or reported before that is lost if the next nodes, or the Catch nodes, are being replaced.
		 */
		settled: (): Promise<void> =>
			changing ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve(),
		/** Calls back once all nodes of a deploy are there. @returns a function that takes it back */
		onStarted(listener: () => void) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
}

interface RuntimeEvent {
	id?: string;
	payload?: { error?: string };
}
