import { type EventEmitter, once } from 'node:events';
import { perRuntime } from './runtime';

export type Lifecycle = ReturnType<typeof createLifecycle>;

const lifecycles = perRuntime(
	() => new Map<EventEmitter, Lifecycle>(),
	(lifecycles) => {
		for (const { close } of lifecycles.values()) close();
	},
);

/** Call this when the module is loaded, before any flow starts. */
export function watchLifecycle(events: EventEmitter): Lifecycle {
	const lifecycle = lifecycles().get(events) ?? createLifecycle(events);
	lifecycles().set(events, lifecycle);
	return lifecycle;
}

/**
 * Adds what a node's `close` event lacks: whether new instances follow. Node-RED keeps all flows in one object, which a
 * deploy replaces before it stops the nodes, whereas a shutdown stops the current object.
 */
function createLifecycle(events: EventEmitter) {
	const listeners = new Set<() => void>();
	let deployed: unknown;
	let started: unknown;
	let ends = false;
	let changing = false;
	/** Whether the flows have started and not been stopped since. */
	let running = false;
	/** Events since the flows were last stopped. */
	let since = { deploy: false, project: false };
	let removes = false;
	const waiting: Array<() => void> = [];
	const finish = (config: unknown, toCall: Iterable<() => void>) => {
		started = config;
		ends = false;
		changing = false;
		for (const listener of [...toCall, ...waiting.splice(0)]) listener();
	};
	const heard: Record<string, (event: RuntimeEvent) => void> = {
		'flows:started'({ config }) {
			removes = since.deploy && !since.project;
			running = true;
			finish(config, listeners);
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
		// A missing type or module prevents the start; nodes that the deploy left alone keep running.
		'runtime-event': ({ id, payload }) => {
			if (changing && id === 'runtime-state' && payload?.error) finish(deployed, []);
			if (id === 'runtime-deploy') since.deploy ||= !running;
			if (id === 'project-update') since.project ||= !running;
		},
	};
	for (const [name, hear] of Object.entries(heard)) events.on(name, hear);
	const deployDone = (): Promise<void> =>
		changing ? new Promise((resolve) => void waiting.push(resolve)) : Promise.resolve();
	return {
		/** Whether nodes that close now will not come back: Node-RED is ending, or its flows are being stopped. */
		isStopping: () => ends,
		/**
		 * Whether a node that is missing after the start was removed by a deploy, perhaps while the flows were stopped.
		 * The alternative is a switch to another project or branch, which Node-RED also reports as a deploy.
		 */
		removes: () => removes,
		/**
		 * Resolves once a deploy in progress has started its nodes or given up, otherwise at once. Messages sent
		 * earlier are lost if the next nodes, or the Catch nodes, are being replaced.
		 */
		deployDone,
		/** Resolves once the flows are started, or when `signal` aborts, because the process may be about to end. */
		async started(signal: AbortSignal): Promise<void> {
			if (ends && !signal.aborted) await Promise.race([deployDone(), once(signal, 'abort')]);
		},
		/** Calls back when all nodes of a deploy have started. @returns an unsubscribe function */
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
