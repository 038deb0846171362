import type { EventEmitter } from 'node:events';
import { createListeners, perRuntime } from './runtime';

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
	const stopping = createListeners();
	const starting = createListeners();
	const settled = createListeners();
	let deployed: unknown;
	let started: unknown;
	let ends = false;
	let changing = false;
	/** Whether the flows have started and not been stopped since. */
	let running = false;
	/** Events since the flows were last stopped. */
	let since = { deploy: false, project: false };
	let removes = false;
	const finish = (config: unknown) => {
		started = config;
		ends = false;
		changing = false;
		settled.call();
	};
	const heard: Record<string, (event: RuntimeEvent) => void> = {
		'flows:started'({ config }) {
			removes = since.deploy && !since.project;
			running = true;
			ends = false;
			starting.call();
			finish(config);
		},
		'flows:stopping'({ config }) {
			deployed = config;
			ends = config !== undefined && config === started;
			changing = true;
			if (running) since = { deploy: false, project: false };
			running = false;
			if (ends) stopping.call();
			else since.deploy = true;
		},
		'flows:starting': () => {
			changing = true;
		},
		// A missing type or module prevents the start; nodes that the deploy left alone keep running.
		'runtime-event': ({ id, payload }) => {
			if (changing && id === 'runtime-state' && payload?.error) finish(deployed);
			if (id === 'runtime-deploy') since.deploy ||= !running;
			if (id === 'project-update') since.project ||= !running;
		},
	};
	for (const [name, hear] of Object.entries(heard)) events.on(name, hear);
	return {
		/** Whether nodes that close now will not come back: Node-RED is ending, or its flows are being stopped. */
		isStopping: () => ends,
		/**
		 * Whether a node that is missing after the start was removed by a deploy, perhaps while the flows were stopped.
		 * The alternative is a switch to another project or branch, which Node-RED also reports as a deploy.
		 */
		removes: () => removes,
		/**
		 * Whether no deploy is in progress, and the flows are not stopped. Messages sent otherwise are lost if the next
		 * nodes, or the Catch nodes, are being replaced.
		 */
		isSettled: () => !changing,
		/** Calls back when the flows are about to stop, or Node-RED is about to end. @returns an unsubscribe function */
		onStopping: stopping.add,
		/** Calls back when all nodes have started, before any message leaves. @returns an unsubscribe function */
		onStarted: starting.add,
		/** Resolves once `holds` returns true, which is checked now and whenever a deploy is over. @throws the abort reason */
		until: settled.until,
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
