import type { Node, NodeAPI } from 'node-red';
import { type Lifecycle, watchLifecycle } from '../lifecycle';
import { perRuntime } from '../runtime';
import type { ActionDef } from './action';
import { type Exit, inBackground, onInput } from './handler';
import { StatusBoard } from './status';

/** One instance of a node of ours. A deploy may replace it by the next one. */
export interface Instance {
	readonly RED: NodeAPI;
	readonly node: Node;
	readonly def: ActionDef;
	readonly lifecycle: Lifecycle;
	readonly board: StatusBoard;
}

/** The present instance of each node. */
const instances = perRuntime(() => new Map<string, Instance>());

export function instanceOf(nodeId: string): Instance | undefined {
	return instances().get(nodeId);
}

/**
 * Resolves with the present instance of a node, once it is there, no deploy is in progress, and the flows are not
 * stopped. @throws the abort reason of `signal`
 */
export async function untilPresent(
	nodeId: string,
	lifecycle: Lifecycle,
	signal: AbortSignal,
): Promise<Instance> {
	for (;;) {
		await lifecycle.until(() => lifecycle.isSettled() && instances().has(nodeId), signal);
		// A deploy may have begun before the wait goes on.
		const instance = lifecycle.isSettled() ? instances().get(nodeId) : undefined;
		if (instance) return instance;
	}
}

interface NodeType {
	/** Takes a message that has come in by a wire. */
	take(instance: Instance, exit: Exit): void;
	/** Waits for what would be lost if the process ended now. */
	beforeStop(nodeId: string): Promise<void>;
}

/** Registers a type of node that takes messages. */
export function registerNode(RED: NodeAPI, type: string, { take, beforeStop }: NodeType): void {
	const lifecycle = watchLifecycle(RED.events);

	function RunComfyNode(this: Node, def: ActionDef) {
		RED.nodes.createNode(this, def);
		const board = new StatusBoard(RED, this);
		const instance: Instance = { RED, node: this, def, lifecycle, board };
		instances().set(this.id, instance);
		onInput(this, (exit) => take(instance, exit));
		this.on('close', (_removed: boolean, done: () => void) => {
			if (instances().get(this.id) === instance) instances().delete(this.id);
			board.close();
			const stopped = lifecycle.isStopping() ? beforeStop(this.id) : Promise.resolve();
			inBackground(this, stopped.finally(done));
		});
	}

	RED.nodes.registerType(type, RunComfyNode);
}
