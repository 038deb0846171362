import { type EventEmitter, once } from 'node:events';
import { perRuntime } from './runtime.cjs';

export type Lifecycle = ReturnType<typeof watch>;

const known = perRuntime(
	() => new Map<EventEmitter, Lifecycle>(),
	(lifecycles) => {
		for (const { close } of lifecycles.values()) close();
	},
);

/** To be called when the module is loaded, before any flow starts. */
export function watchLifecycle(events: EventEmitter): Lifecycle {
	const lifecycle = known().get(events) ?? watch(events);
	known().set(events, lifecycle);
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
	/** Whether the flows have started, and were not stopped since. */
	let running = false;
	/** What has come since they were stopped. */
	let since = { deploy: false, project: false };
	let removes = false;
	const waiting: Array<() => void> = [];
	const settle = (config: unknown, toCall: Iterable<() => void>) => {
		started = config;
		ends = false;
		changing = false;
		for (const listener of [...toCall, ...waiting.splice(0)]) listener();
	};
	const heard: Record<string, (event: RuntimeEvent) => void> = {
		'flows:started'({ config }) {
			removes = since.deploy && !since.project;
			running = true;
			settle(config, listeners);
		},
		'flows:stopping'({ config }) {
			deployed = config;
			ends = config !== undefined && config === started;
			changing = true;
			if (running) since = { deploy: false, project: false };
			running = false;
			if (!ends) since.deploy = true;
		},
		'flows:starting': () => {
			changing = true;
		},
		// A type or a module that is missing stops the start: the nodes that the deploy left alone go on.
		'runtime-event': ({ id, payload }) => {
			if (changing && id === 'runtime-state' && payload?.error) settle(deployed, []);
			if (id === 'runtime-deploy') since.deploy ||= !running;
			if (id === 'project-update') since.project ||= !running;
		},
	};
	for (const [name, hear] of Object.entries(heard)) events.on(name, hear);
	const settled = (): Promise<void> =>
		changing ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve();
	return {
		/** Whether the nodes that close now do so for good: Node-RED ends, or its flows are stopped. */
		endsNow: () => ends,
		/**
		 * Whether a node that is not there, now that the flows have started, was removed by a deploy, perhaps while they were
		 * stopped. Otherwise another project or branch has come, with which a deploy tells of itself, too.
		 */
		removes: () => removes,
		/**
		 * Resolves at once, or when the deploy in progress has started its nodes or given up: what is sent
		 * or reported before that is lost if the next nodes, or the Catch nodes, are being replaced.
		 */
		settled,
		/**
		 * Resolves at once or, if the flows were stopped, once they have started again or `signal` aborts: the
		 * process may be about to end.
		 */
		async started(signal: AbortSignal): Promise<void> {
			if (ends && !signal.aborted) await Promise.race([settled(), once(signal, 'abort')]);
		},
		/** Calls back once all nodes of a deploy are there. @returns a function that takes it back */
		onStarted(listener: () => void) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		/** Stops listening. */
		close() {
			for (const [name, hear] of Object.entries(heard)) events.off(name, hear);
		},
	};
}

interface RuntimeEvent {
	config?: unknown;
	id?: string;
	payload?: { error?: string };
}
