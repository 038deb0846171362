import type { Node, NodeMessageInFlow } from 'node-red';
import { messageOf } from './errors.cjs';

/**
 * Wires a node's `input` event so that no fault of a message or of our own can end the process, and
 * so that `done` is called exactly once per message: without an argument when `work` resolved and
 * its message was sent, else with the error that `toError` makes.
 *
 * Once the node has closed, nothing is sent or reported any more: the runtime would still deliver it.
 */
export function onInput(
	node: Node,
	handlers: {
		work: (msg: NodeMessageInFlow) => Promise<NodeMessageInFlow>;
		toError: (thrown: unknown) => Error;
		isClosed: () => boolean;
	},
): void {
	// Where a report itself fails (a message that cannot be cloned), the log is what is left.
	const guard = (report: () => void) => {
		try {
			report();
		} catch (thrown) {
			logOnly(node, thrown);
		}
	};

	// Three parameters by name: the runtime counts them.
	node.on('input', (msg, send, done) => {
		const deliver = async () => {
			const out = await handlers.work(msg);
			if (!handlers.isClosed()) send(out);
		};
		deliver().then(
			() => {
				if (!handlers.isClosed()) guard(() => done());
			},
			(thrown: unknown) => {
				if (!handlers.isClosed()) guard(() => done(handlers.toError(thrown)));
			},
		);
	});
}

function logOnly(node: Node, thrown: unknown): void {
	try {
		node.error(`A message could not be reported on: ${messageOf(thrown)}`);
	} catch {
		// Nothing else can be done for a node that cannot even log.
	}
}
