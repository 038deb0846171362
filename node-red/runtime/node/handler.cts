import type { Node, NodeMessage, NodeMessageInFlow } from 'node-red';

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
		/**
		 * Resolves with what to send, if anything; the messages of a list go out one after the other.
		 * `emit` sends in between, while the node is open.
		 */
		work: (msg: NodeMessageInFlow, emit: Emit) => Promise<Outgoing | undefined>;
		/** Resolves when a message can end: not in the middle of a deploy. */
		settled: () => Promise<void>;
		toError: (thrown: unknown) => Error;
		isClosed: () => boolean;
		/**
		 * Called once a message has ended here: sent and done, or done with an error. `resend` sends
		 * the same again; absent where nothing was sent.
		 */
		onEnd?: (msg: NodeMessageInFlow, resend?: () => void) => void;
	},
): void {
	// Three parameters by name: the runtime counts them.
	node.on('input', (msg, send, done) => {
		const succeed = (resend?: () => void) => {
			if (handlers.isClosed()) return;
			attempt(() => done());
			handlers.onEnd?.(msg, resend);
		};
		const fail = (thrown: unknown) => {
			if (handlers.isClosed()) return;
			const error = handlers.toError(thrown);
			// Node-RED copies the message for a Catch node, which a throwing getter forbids: then the
			// error goes there on a message of its own.
			if (!attempt(() => done(error))) attempt(() => node.error(error, idOnly(msg)));
			handlers.onEnd?.(msg);
		};
		const emit: Emit = (outputs) => {
			if (!handlers.isClosed()) attempt(() => send(outputs));
		};
		const settle = async <T,>(work: Promise<T>) => {
			try {
				return await work;
			} finally {
				await handlers.settled();
			}
		};
		const deliver = async () => {
			const out = await settle(handlers.work(msg, emit));
			if (!out || handlers.isClosed()) return undefined;
			if (Array.isArray(out) && out.length === 0) {
				node.warn(NOTHING_TO_SEND);
				return undefined;
			}
			const give = () => send(Array.isArray(out) ? [out] : out);
			give();
			return () => void attempt(give);
		};
		deliver().then(succeed, fail);
	});
}

export type Outgoing = NodeMessageInFlow | NodeMessageInFlow[];

/** One message per output, with `null` for none. */
export type Emit = (outputs: Array<NodeMessage | null>) => void;

const NOTHING_TO_SEND =
	'Nothing was sent: the run wrote no files or texts of the chosen kind, and one message for each was asked for.';

/** Whether `report` went through. What it throws is a fault of the message, seen before. */
function attempt(report: () => void): boolean {
	try {
		report();
		return true;
	} catch {
		return false;
	}
}

function idOnly(msg: NodeMessageInFlow): NodeMessageInFlow {
	return { _msgid: msg._msgid };
}
