import type { Node, NodeMessageInFlow } from 'node-red';
import type { Lifecycle } from '../lifecycle';
import { perRuntime } from '../runtime';
import type { End } from './action';
import { type Exit, finishMessage, nextTurn } from './handler';
import { type Instance, instanceOf, untilPresent } from './instances';

/** A message whose work has ended. */
interface Leaving {
	/** The work, by which the node's status knows it. */
	work: object;
	nodeId: string;
	lifecycle: Lifecycle;
	msg: NodeMessageInFlow;
	/** Where the message came in. Absent if that was in an earlier process. */
	exit: Exit | undefined;
	end: End;
	/** Aborts when the message must not leave any more. */
	signal: AbortSignal;
	/** Called once, right before the message leaves. @returns false if another process sends it */
	claim(): boolean;
}

/**
 * Sends a message, or reports its error, from the present instance of its node, as if it had arrived there: Complete
 * and Catch nodes hear of it once. Resolves when the next nodes have it, or another process sends it.
 * @throws the abort reason of `signal`
 */
export async function deliver(leaving: Leaving): Promise<void> {
	const { work, nodeId, lifecycle, msg, end, signal } = leaving;
	let claimed = false;
	let { exit } = leaving;
	for (;;) {
		const instance = await untilPresent(nodeId, lifecycle, signal);
		const { node, board, RED } = instance;
		if (exit?.node !== node) exit = await receiveAgain(node, msg);
		signal.throwIfAborted();
		if (instanceOf(nodeId) !== instance || !lifecycle.isSettled()) continue;
		if (!claimed && !leaving.claim()) return board.drop(work);
		claimed = true;
		board.finish(work, end.nodeStatus);
		const next = nextNodes(instance);
		const sent = finishMessage(exit, () => {
			if ('error' in end) throw end.error;
			return msg;
		});
		await nextTurn();
		// The runtime delivers the message one turn later. By then, a deploy or a stop may have closed the next node,
		// which gets nothing any more.
		const hasArrived = next.every(([id, receiver]) => RED.nodes.getNode(id) === receiver);
		if (sent === undefined || hasArrived) return;
		exit = undefined;
	}
}

/** The nodes connected to the first output, by id. */
function nextNodes({ RED, node }: Instance): Array<[string, Node | null]> {
	const { wires } = node as Node & { wires?: string[][] };
	return (wires?.[0] ?? []).map((id) => [id, RED.nodes.getNode(id)]);
}

/** Resolvers for messages that a node receives again. */
const returning = perRuntime(() => new WeakMap<NodeMessageInFlow, (exit: Exit) => void>());

/** Whether a message only comes back to its node in order to leave. */
export function isReturning(exit: Exit): boolean {
	const leave = returning().get(exit.msg);
	leave?.(exit);
	return leave !== undefined;
}

/**
 * Lets a node receive a message again, as a new object: a hook may hold the new object back forever, and the original
 * message may come in by a wire in the meantime.
 */
function receiveAgain(node: Node, msg: NodeMessageInFlow): Promise<Exit> {
	// Copies property descriptors, because a getter may throw.
	const again = Object.create(
		Object.getPrototypeOf(msg) as object,
		Object.getOwnPropertyDescriptors(msg),
	) as NodeMessageInFlow;
	return new Promise((resolve) => {
		returning().set(again, resolve);
		node.receive(again);
	});
}
