import type { Node, NodeAPI } from 'node-red';

/**
 * Whether what a node has just sent by its first output arrives. The runtime delivers it one turn of
 * the event loop later: a deploy or a stop in between closes the nodes behind, and a closed node
 * gets nothing any more.
 */
export function arrives(RED: NodeAPI, node: Node): Promise<boolean> {
	const { wires } = node as Node & { wires?: string[][] };
	const receivers = (wires?.[0] ?? []).map((id) => ({ id, receiver: RED.nodes.getNode(id) }));
	return new Promise((resolve) => {
		setImmediate(() =>
			resolve(receivers.every(({ id, receiver }) => RED.nodes.getNode(id) === receiver)),
		);
	});
}
