import type { Node, NodeMessage, NodeMessageInFlow } from 'node-red';
import { tried } from '../../../core';
import { messageOf, toNodeError } from '../errors';

/** How a message leaves the node at which it arrived. */
export interface Exit {
	readonly node: Node;
	readonly msg: NodeMessageInFlow;
	readonly send: (msg: NodeMessage | Array<NodeMessage | NodeMessage[] | null>) => void;
	readonly done: (error?: Error) => void;
}

/** Calls `enter` for every message. No fault of a message or of our own code can end the process. */
export function onInput(node: Node, enter: (exit: Exit) => void): void {
	// The three parameters must be named, because the runtime counts them.
	node.on('input', (msg, send, done) => {
		const exit = { node, msg, send, done };
		try {
			enter(exit);
		} catch (error) {
			finishMessage(exit, () => {
				throw error;
			});
		}
	});
}

/**
 * Ends a message at its node: sends the return value of `work` and calls `done`, or calls `done` with the error that
 * `work` throws. Call this once, and not after the node has closed: the runtime would still deliver the message.
 * @returns what was sent; undefined if nothing was
 */
export function finishMessage(
	exit: Exit,
	work: () => NodeMessageInFlow | undefined,
): NodeMessageInFlow | undefined {
	const { node, msg, send, done } = exit;
	try {
		const out = work();
		if (out) send(out);
		succeeds(() => done());
		return out;
	} catch (thrown) {
		const error = toNodeError(thrown);
		// For a Catch node, Node-RED copies the message, which fails if a getter throws. The error then goes to the Catch
		// node on a separate message.
		if (!succeeds(() => done(error))) succeeds(() => node.error(error, { _msgid: msg._msgid }));
		return undefined;
	}
}

/** Calls `report`, and returns whether it succeeded. An error here comes from the message, and was reported before. */
export function succeeds(report: () => void): boolean {
	return tried(() => (report(), true)) === true;
}

/** Runs work that no caller waits for, and logs its errors: an unhandled rejection would end Node-RED. */
export function inBackground(node: Pick<Node, 'error'>, work: Promise<unknown>): void {
	work.catch((thrown: unknown) => {
		try {
			node.error(`Something went wrong in the background: ${messageOf(thrown)}`);
		} catch {
			// The log itself has failed.
		}
	});
}

/** Resolves once the runtime has delivered all messages that nodes have sent before. */
export function nextTurn(): Promise<void> {
	return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Milliseconds that a closing node waits for its requests to be canceled, so that closing takes less than 5 s in
 * all. Node-RED allows 15 s, a container often 10 s.
 */
const CLOSE_BOUND_MS = 4_500;

/** Resolves when all results have settled, or the time for a close is over. The rest goes on in the background. */
export async function endedInTime(results: ReadonlyArray<Promise<unknown>>): Promise<void> {
	if (results.length === 0) return;
	let timer: NodeJS.Timeout | undefined;
	const bound = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, CLOSE_BOUND_MS);
	});
	await Promise.race([Promise.allSettled(results), bound]).finally(() => clearTimeout(timer));
}
